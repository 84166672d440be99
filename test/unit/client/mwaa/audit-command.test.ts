import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

async function runAudit(log: string | Readable, ...argv: string[]) {
  const { terminal, written } = createRecordedTerminal({}, typeof log === 'string' ? log : '');
  const exitCode = await runMwaa(
    ['audit', ...argv],
    typeof log === 'string' ? terminal : { ...terminal, stdin: () => log },
  );
  const rows = written.stdout.split('\n').slice(0, -1);
  return { exitCode, rows, stderr: written.stderr };
}

const COMMON_MEMBERS = { environment: 'prod', caller: 'arn:aws:sts::111122223333:assumed-role/team/jo' };
const createIntentLine = (id: string, more: object = {}) =>
  JSON.stringify({ audit: 'intent', requestId: 'r', lambdaRequestId: id, ...COMMON_MEMBERS, ...more });
const createOutcomeLine = (id: string, more: object = {}) =>
  JSON.stringify({
    audit: 'outcome',
    requestId: 'r',
    lambdaRequestId: id,
    ...COMMON_MEMBERS,
    outcome: 'succeeded',
    durationMs: 1500,
    ...more,
  });

const createFrontLine = (more: object) =>
  JSON.stringify({ audit: 'request', route: 'cli', lambdaRequestId: 'front', ...COMMON_MEMBERS, ...more });

const TRIGGER = {
  command: ['dags', 'trigger', '--conf=***', '--run-id=r 1', 'daily'],
  decision: 'allowed',
  grantLine: 41,
};
const LOG_TIME = '2026-11-22T06:00:02.500Z';
const ROW = `2026-11-22T06:00:01Z  succeeded          line 41     1.5s  prod  111122223333:assumed-role/team/jo  dags trigger --conf='***' --run-id='r 1' daily`;

const OUTCOME_LINE = createOutcomeLine('l-1', TRIGGER);
const LOG_LINE = `${LOG_TIME}\tl-1\tINFO\t${OUTCOME_LINE}`;
const LOG_EVENT = { logStreamName: '2026/11/22/[$LATEST]1', timestamp: 1, message: `${LOG_LINE}\n`, ingestionTime: 2 };

describe('mwaa audit reads an audit line', () => {
  test.each<[format: string, line: string]>([
    ['as the function writes it', LOG_LINE],
    ['of aws logs tail --format short', `2026-11-22T06:00:09 ${LOG_LINE}`],
    ['of aws logs tail', `2026-11-22T06:00:09.123000+00:00 2026/11/22/[$LATEST]1 ${LOG_LINE}`],
    ['of aws logs filter-log-events', JSON.stringify({ events: [LOG_EVENT] }, null, 4)],
    ['of one event per line', JSON.stringify(LOG_EVENT)],
    ['of aws logs filter-log-events --output text', `EVENTS\t1\t2\t[$LATEST]1\t${LOG_LINE}\n\t1`],
    [
      'without a prefix, with the timestamp of its metrics',
      createOutcomeLine('l-1', { ...TRIGGER, _aws: { Timestamp: Date.parse(LOG_TIME) } }),
    ],
    ['with a Windows line ending', `${LOG_LINE}\r\n`],
  ])('%s', async (_format, line) => {
    expect(await runAudit(`${line}\n`)).toEqual({ exitCode: 0, rows: [ROW], stderr: '' });
  });

  test('for each of several events in one line', async () => {
    const { rows } = await runAudit(
      JSON.stringify({ events: [LOG_EVENT, { ...LOG_EVENT, message: 'START' }, LOG_EVENT] }),
    );
    expect(rows).toEqual([ROW, ROW]);
  });

  test('without a time', async () => {
    expect((await runAudit(OUTCOME_LINE)).rows).toEqual([ROW.replace('2026-11-22T06:00:01Z', '-'.padEnd(20))]);
  });
});

describe('mwaa audit skips', () => {
  const START = 'START RequestId: l-1 Version: $LATEST';
  const REPORT = 'REPORT RequestId: l-1\tDuration: 1501 ms\tBilled Duration: 1502 ms\tMemory Size: 256 MB';
  test.each<[what: string, lines: string[], malformed: number]>([
    ['lines of Lambda', ['INIT_START Runtime Version: nodejs24.x', START, LOG_LINE, 'END RequestId: l-1', REPORT], 0],
    [
      'other lines',
      ['{"directory":"/environments","requestId":"r"}', '', '   ', '{}', 'null', '{"message": 7}', LOG_LINE],
      0,
    ],
    ['a truncated line', [LOG_LINE, LOG_LINE.slice(0, 120)], 1],
    ['a truncated event', [LOG_LINE, JSON.stringify(LOG_EVENT).slice(0, 200)], 1],
    [
      'lines with other members',
      [LOG_LINE, '{"audit":"outcome"}', '{"audit":"intent","lambdaRequestId":7,"environment":"x"}'],
      2,
    ],
  ])('%s', async (_what, lines, malformed) => {
    const { exitCode, rows, stderr } = await runAudit(lines.join('\n'));
    expect({ exitCode, rows }).toEqual({ exitCode: malformed > 0 ? 1 : 0, rows: [ROW] });
    expect(stderr).toBe(
      malformed === 0 ? '' : `mwaa audit: skipped ${malformed} audit line(s) that are truncated or malformed.\n`,
    );
  });

  test('nothing in an empty log', async () => {
    expect(await runAudit('')).toEqual({ exitCode: 0, rows: [], stderr: '' });
  });
});

describe('mwaa audit', () => {
  test('shows why a command could not be parsed, and escapes what cannot be seen', async () => {
    const line = createOutcomeLine('l-1', {
      outcome: undefined,
      problem: 'invalid-command',
      refusal: 'unknown-option',
      command: ['dags', 'trigger', '***', 'a\u202eb\u001b[2J'],
    });
    const [row] = (await runAudit(line)).rows;
    expect(row).toContain("dags trigger '***' 'a\\u202eb\\u001b[2J'  (unknown-option)");
    expect(row).toContain('  invalid-command  ');
  });

  test('combines an intent and its outcome to one request', async () => {
    const lines = [
      createIntentLine('a', TRIGGER),
      createIntentLine('b', TRIGGER),
      createOutcomeLine('b', TRIGGER),
      createOutcomeLine('c'),
      createOutcomeLine('a', TRIGGER),
    ];
    expect((await runAudit(lines.join('\n'))).rows).toHaveLength(3);
  });

  test('reads the lines of the front: what it rejects, and no listings', async () => {
    const createRequestLine = (members: object) =>
      JSON.stringify({
        audit: 'request',
        lambdaRequestId: 'l',
        extendedRequestId: 'x',
        environment: 'prod',
        ...members,
      });
    const lines = [
      createRequestLine({ route: 'cli', extendedRequestId: 'x-1', result: 'not-granted', status: 403 }),
      createRequestLine({ route: 'cli', extendedRequestId: 'x-2', result: 'busy', status: 503 }),
      createRequestLine({ route: 'health', extendedRequestId: 'x-3', result: 'succeeded', status: 200 }),
      createRequestLine({ route: 'explain', extendedRequestId: 'x-4', status: 200 }),
      createRequestLine({ route: 'cli', extendedRequestId: 'x-5', environment: undefined, result: 'not-found' }),
    ];
    const { exitCode, rows } = await runAudit(lines.join('\n'));
    expect(exitCode).toBe(0);
    expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['not-granted', 'busy', 'succeeded']);
  });

  test('shows a request once if both the front and the relay log it, in one log group or in several', async () => {
    const ids = { extendedRequestId: 'x-1' };
    const lines = [
      createIntentLine('relay-1', { ...TRIGGER, ...ids }),
      createOutcomeLine('relay-1', { ...TRIGGER, ...ids }),
      createFrontLine({ ...ids, result: 'succeeded', status: 200 }),
      createIntentLine('relay-2', { ...TRIGGER, extendedRequestId: 'x-2' }),
      createFrontLine({ extendedRequestId: 'x-2', result: 'outcome-unknown', status: 424 }),
      createOutcomeLine('relay-2', { ...TRIGGER, extendedRequestId: 'x-2' }),
      createOutcomeLine('health-1', { extendedRequestId: '' }),
      createOutcomeLine('health-2', { extendedRequestId: '' }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual([
      'succeeded',
      'outcome-unknown',
      'succeeded',
      'succeeded',
    ]);
    expect(rows[0]).toContain('line 41');
  });

  test('shows a request once if its relay had another policy at first, with the version that decided', async () => {
    const ids = { extendedRequestId: 'x-1' };
    const lines = [
      createOutcomeLine('relay-1', {
        ...TRIGGER,
        ...ids,
        outcome: undefined,
        problem: 'policy-changed',
        policyVersion: 2,
      }),
      createIntentLine('relay-2', { ...TRIGGER, ...ids, policyVersion: 2 }),
      createOutcomeLine('relay-2', { ...TRIGGER, ...ids, policyVersion: 2 }),
      createFrontLine({ ...ids, result: 'succeeded', status: 200, policyVersion: 2 }),
      createFrontLine({ extendedRequestId: 'x-2', result: 'policy-changed', status: 503, policyVersion: 3 }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    expect(rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['succeeded', 'policy-changed']);
    expect(rows[0]).toMatch(/\(policy version 2\)$/);
  });

  test('shows both outcomes of a health check of an environment with the REST API, and not that of the front', async () => {
    const ids = { extendedRequestId: 'x-1', command: ['@health'] };
    const rest = { ...ids, airflowRole: 'Op' };
    const failure = { outcome: undefined, problem: 'unhealthy', failedStep: 'login' };
    const relays = [createIntentLine('relay', ids), createIntentLine('rest', rest), createOutcomeLine('relay', ids)];
    const front = createFrontLine({ route: 'health', ...ids, result: 'unhealthy', status: 503 });
    const { rows } = await runAudit([...relays, createOutcomeLine('rest', { ...rest, ...failure }), front].join('\n'));
    expect(rows.map((row) => row.split(/ {2,}/).slice(1))).toEqual([
      ['succeeded', '1.5s', 'prod', '111122223333:assumed-role/team/jo', '@health'],
      ['unhealthy', '1.5s', 'prod', '111122223333:assumed-role/team/jo', '@health', '(REST API, as Op)', '(at login)'],
    ]);
    const crashed = await runAudit([...relays, front].join('\n'));
    expect(crashed.rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['succeeded', 'no outcome logged']);
    expect(crashed.rows[1]).toMatch(/ {2}@health {2}\(REST API, as Op\)$/);
    const silent = await runAudit([...relays.slice(0, 2), front].join('\n'));
    expect(silent.rows.map((row) => row.split(/ {2,}/)[1])).toEqual(['unhealthy']);
  });

  test('shows an outcome once if its line is repeated', async () => {
    const line = createOutcomeLine('relay-1', { ...TRIGGER, extendedRequestId: 'x-1' });
    expect((await runAudit([line, line].join('\n'))).rows).toHaveLength(1);
  });

  test('lists a request without an outcome last, identified by the request id of Lambda', async () => {
    const lines = [
      `${LOG_TIME}\ta\tINFO\t${createIntentLine('a', TRIGGER)}`,
      createOutcomeLine('b', { ...TRIGGER, requestId: 'r' }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^2026-11-22T06:00:02Z {2}no outcome logged {2}line 41 {11}prod {2}.*daily$/);
  });

  test('prints the outcome, or the problem', async () => {
    const lines = [
      createOutcomeLine('a', { replayed: true }),
      createOutcomeLine('b', { outcome: 'unverified' }),
      createOutcomeLine('c', { outcome: undefined, problem: 'not-granted', decision: 'refused' }),
      createOutcomeLine('d', { outcome: undefined, problem: 'unhealthy', failedStep: 'TLS', command: ['@health'] }),
      createOutcomeLine('e', { outcome: undefined, problem: 'untrusted-event', caller: undefined, command: undefined }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    const results = rows.map((row) => row.slice(22).trimStart().split('  ')[0]);
    expect(results).toEqual(['succeeded, replayed', 'unverified', 'not-granted', 'unhealthy', 'untrusted-event']);
    expect(rows[3]).toMatch(/@health {2}\(at TLS\)$/);
    expect(rows[4]).toMatch(/ {2}- {2}-$/);
  });

  test('replaces control characters', async () => {
    const { rows } = await runAudit(
      createOutcomeLine('a', { command: ['dags', 'pause', '\u001b[2Jx\n\u009by'], caller: 'oidc:\u0007' }),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toMatch(/\p{Cc}/u);
  });

  test('prints each request as soon as its outcome is read', async () => {
    const log = new Readable({ read() {} });
    let stdout = '';
    const following = runMwaa(['audit'], {
      environment: {},
      stdin: () => log,
      stdout: (text) => {
        stdout += text;
        log.push(null);
      },
      stderr: () => {},
    });
    log.push(`${LOG_LINE}\n`);
    expect(await following).toBe(0);
    expect(stdout).toBe(`${ROW}\n`);
  });
});

describe('mwaa audit filters', () => {
  const lines = [
    createOutcomeLine('1', { ...TRIGGER, environment: 'prod' }),
    createOutcomeLine('2', { command: ['dags', 'list', '--output=json'], environment: 'next' }),
    createOutcomeLine('3', { command: ['tasks', 'states-for-dag-run', 'd', 'r'], caller: 'oidc:sub=jo' }),
    createOutcomeLine('4', { command: ['dags', 'delete', 'x'], problem: 'not-granted', caller: 'oidc:sub=al' }),
    createOutcomeLine('5', { command: ['@health'] }),
    createOutcomeLine('6', { problem: 'invalid-command' }),
    createIntentLine('7', { command: ['providers', 'list'] }),
  ].join('\n');
  test.each<[argv: string[], lastWords: string[]]>([
    [['--environment', 'next'], ['--output=json']],
    [
      ['--who', 'oidc'],
      ['r', 'x'],
    ],
    [['--who', 'sub=al'], ['x']],
    [['--changes'], ['daily', 'x']],
    [['--refused'], ['x']],
    [['--changes', '--who', 'team/jo'], ['daily']],
    [[], ['daily', '--output=json', 'r', 'x', '@health', '-', 'list']],
  ])('by %j', async (argv, lastWords) => {
    const { rows } = await runAudit(lines, ...argv);
    expect(rows.map((row) => row.split(' ').at(-1))).toEqual(lastWords);
  });
});

test('mwaa audit reads a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'relay.log');
  writeFileSync(file, LOG_LINE);
  expect(await runAudit('', file)).toMatchObject({ exitCode: 0, rows: [ROW] });
  rmSync(folder, { recursive: true });
});

test.each<[argv: string[], message: RegExp]>([
  [['/nowhere.log'], /\/nowhere\.log cannot be read \(ENOENT\)/],
  [['/'], /cannot be read \(EISDIR\)/],
  [['a', 'b'], /at most one file/],
  [['--nonsense'], /--nonsense/],
])('mwaa audit %j is invalid usage', async (argv, message) => {
  expect(await runAudit('', ...argv)).toEqual({ exitCode: 2, rows: [], stderr: expect.stringMatching(message) });
});

test('mwaa audit asks for a file or a pipe if standard input is a terminal', async () => {
  const { exitCode, stderr } = await runAudit(Object.assign(Readable.from([]), { isTTY: true }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('pipe') });
});

describe('mwaa audit reads requests for the REST API', () => {
  const LIST = { command: ['api', 'GET', '/dags/{dag_id}/dagRuns', 'daily', '--limit=10'], decision: 'allowed' };
  const START = { command: ['api', 'POST', '/dags/{dag_id}/dagRuns', 'daily', '--conf=***'], decision: 'allowed' };
  const createRequestLine = (id: string, more: object) =>
    JSON.stringify({ audit: 'request', route: 'api', requestId: 'r', lambdaRequestId: id, ...COMMON_MEMBERS, ...more });

  test.each<[what: string, line: string, result: string]>([
    ['an answer', createOutcomeLine('l', { ...LIST, outcome: 'answered', status: 200 }), 'answered'],
    ["Airflow's own error", createOutcomeLine('l', { ...LIST, outcome: 'answered', status: 404 }), 'answered 404'],
    [
      'a repeat',
      createOutcomeLine('l', { ...START, outcome: 'answered', replayed: true, status: 200 }),
      'answered, replayed',
    ],
    [
      'an answer, in the log of the front',
      createRequestLine('f', { ...START, result: 'answered', status: 201 }),
      'answered',
    ],
    [
      'a refusal',
      createRequestLine('f', { ...LIST, decision: 'refused', result: 'not-granted', status: 403 }),
      'not-granted',
    ],
    ['no slot', createRequestLine('f', { ...LIST, result: 'busy', status: 503 }), 'busy'],
  ])('%s', async (_what, line, result) => {
    const { rows } = await runAudit(`${line}\n`);
    expect(rows.map((row) => row.slice(22, 41).trim())).toEqual([result]);
  });

  test('--changes leaves out operations that read', async () => {
    const lines = [LIST, START].map((each, index) => createOutcomeLine(`l-${index}`, { ...each, outcome: 'answered' }));
    const { rows } = await runAudit(`${lines.join('\n')}\n`, '--changes');
    expect(rows).toEqual([expect.stringContaining('POST')]);
  });
});
