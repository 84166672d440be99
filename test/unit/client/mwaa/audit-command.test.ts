import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

async function runAudit(log: string | Readable, ...argv: string[]) {
  const { terminal, written } = createRecordedTerminal({}, typeof log === 'string' ? log : '');
  const exitCode = await runMwaa(['audit', ...argv], typeof log === 'string' ? terminal : { ...terminal, stdin: log });
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

describe('a line, however it was got', () => {
  test.each<[how: string, line: string]>([
    ['as the function wrote it', LOG_LINE],
    ['by aws logs tail --format short', `2026-11-22T06:00:09 ${LOG_LINE}`],
    ['by aws logs tail', `2026-11-22T06:00:09.123000+00:00 2026/11/22/[$LATEST]1 ${LOG_LINE}`],
    ['by aws logs filter-log-events', JSON.stringify({ events: [LOG_EVENT] }, null, 4)],
    ['an event a line', JSON.stringify(LOG_EVENT)],
    ['by aws logs filter-log-events --output text', `EVENTS\t1\t2\t[$LATEST]1\t${LOG_LINE}\n\t1`],
    [
      'by itself, with the time of its metrics',
      createOutcomeLine('l-1', { ...TRIGGER, _aws: { Timestamp: Date.parse(LOG_TIME) } }),
    ],
    ['with a line end of Windows', `${LOG_LINE}\r\n`],
  ])('%s', async (_how, line) => {
    expect(await runAudit(`${line}\n`)).toEqual({ exitCode: 0, rows: [ROW], stderr: '' });
  });

  test('several events in one line', async () => {
    const { rows } = await runAudit(
      JSON.stringify({ events: [LOG_EVENT, { ...LOG_EVENT, message: 'START' }, LOG_EVENT] }),
    );
    expect(rows).toEqual([ROW, ROW]);
  });

  test('without any time', async () => {
    expect((await runAudit(OUTCOME_LINE)).rows).toEqual([ROW.replace('2026-11-22T06:00:01Z', '-'.padEnd(20))]);
  });
});

describe('lines that are none', () => {
  const START = 'START RequestId: l-1 Version: $LATEST';
  const REPORT = 'REPORT RequestId: l-1\tDuration: 1501 ms\tBilled Duration: 1502 ms\tMemory Size: 256 MB';
  test.each<[what: string, lines: string[], cutOff: number]>([
    ['of Lambda', ['INIT_START Runtime Version: nodejs24.x', START, LOG_LINE, 'END RequestId: l-1', REPORT], 0],
    [
      'of others',
      ['{"directory":"/environments","requestId":"r"}', '', '   ', '{}', 'null', '{"message": 7}', LOG_LINE],
      0,
    ],
    ['cut off', [LOG_LINE, LOG_LINE.slice(0, 120)], 1],
    ['cut off in an event', [LOG_LINE, JSON.stringify(LOG_EVENT).slice(0, 200)], 1],
    [
      'of another form',
      [LOG_LINE, '{"audit":"outcome"}', '{"audit":"intent","lambdaRequestId":7,"environment":"x"}'],
      2,
    ],
  ])('%s', async (_what, lines, cutOff) => {
    const { exitCode, rows, stderr } = await runAudit(lines.join('\n'));
    expect({ exitCode, rows }).toEqual({ exitCode: cutOff > 0 ? 1 : 0, rows: [ROW] });
    expect(stderr).toBe(cutOff === 0 ? '' : `mwaa audit: ${cutOff} of the audit's lines are cut off, and not shown.\n`);
  });

  test('nothing at all', async () => {
    expect(await runAudit('')).toEqual({ exitCode: 0, rows: [], stderr: '' });
  });
});

describe('requests', () => {
  test('an intent and its outcome are one request, between those of others', async () => {
    const lines = [
      createIntentLine('a', TRIGGER),
      createIntentLine('b', TRIGGER),
      createOutcomeLine('b', TRIGGER),
      createOutcomeLine('c'),
      createOutcomeLine('a', TRIGGER),
    ];
    expect((await runAudit(lines.join('\n'))).rows).toHaveLength(3);
  });

  test('one that has no end on record is told last, and by the id that no caller chooses', async () => {
    const lines = [
      `${LOG_TIME}\ta\tINFO\t${createIntentLine('a', TRIGGER)}`,
      createOutcomeLine('b', { ...TRIGGER, requestId: 'r' }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^2026-11-22T06:00:02Z {2}no end on record {3}line 41 {11}prod {2}.*daily$/);
  });

  test('the verdict is the outcome, or the problem in its place', async () => {
    const lines = [
      createOutcomeLine('a', { replayed: true }),
      createOutcomeLine('b', { outcome: 'unverified' }),
      createOutcomeLine('c', { outcome: undefined, problem: 'not-granted', decision: 'refused' }),
      createOutcomeLine('d', { outcome: undefined, problem: 'unhealthy', failedStep: 'TLS', command: ['@health'] }),
      createOutcomeLine('e', { outcome: undefined, problem: 'untrusted-event', caller: undefined, command: undefined }),
    ];
    const { rows } = await runAudit(lines.join('\n'));
    const verdicts = rows.map((row) => row.slice(22).trimStart().split('  ')[0]);
    expect(verdicts).toEqual(['succeeded, replayed', 'unverified', 'not-granted', 'unhealthy', 'untrusted-event']);
    expect(rows[3]).toMatch(/@health {2}\(at TLS\)$/);
    expect(rows[4]).toMatch(/ {2}- {2}-$/);
  });

  test('what would steer a terminal does not', async () => {
    const { rows } = await runAudit(
      createOutcomeLine('a', { command: ['dags', 'pause', '\u001b[2Jx\n\u009by'], caller: 'oidc:\u0007' }),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toMatch(/\p{Cc}/u);
  });

  test('each is shown when it ends, while the log goes on', async () => {
    const log = new Readable({ read() {} });
    let shown = '';
    const following = runMwaa(['audit'], {
      environment: {},
      stdin: log,
      stdout: (text) => {
        shown += text;
        log.push(null);
      },
      stderr: () => {},
    });
    log.push(`${LOG_LINE}\n`);
    expect(await following).toBe(0);
    expect(shown).toBe(`${ROW}\n`);
  });
});

describe('filters', () => {
  const lines = [
    createOutcomeLine('1', { ...TRIGGER, environment: 'prod' }),
    createOutcomeLine('2', { command: ['dags', 'list', '--output=json'], environment: 'next' }),
    createOutcomeLine('3', { command: ['tasks', 'states-for-dag-run', 'd', 'r'], caller: 'oidc:sub=jo' }),
    createOutcomeLine('4', { command: ['dags', 'delete', 'x'], problem: 'not-granted', caller: 'oidc:sub=al' }),
    createOutcomeLine('5', { command: ['@health'] }),
    createOutcomeLine('6', { problem: 'invalid-command' }),
    createIntentLine('7', { command: ['providers', 'list'] }),
  ].join('\n');
  test.each<[argv: string[], ends: string[]]>([
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
  ])('%j', async (argv, ends) => {
    const { rows } = await runAudit(lines, ...argv);
    expect(rows.map((row) => row.split(' ').at(-1))).toEqual(ends);
  });
});

test('from a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'relay.log');
  writeFileSync(file, LOG_LINE);
  expect(await runAudit('', file)).toMatchObject({ exitCode: 0, rows: [ROW] });
  rmSync(folder, { recursive: true });
});

test.each<[argv: string[], complaint: RegExp]>([
  [['/nowhere.log'], /\/nowhere\.log cannot be read \(ENOENT\)/],
  [['/'], /cannot be read \(EISDIR\)/],
  [['a', 'b'], /one file/],
  [['--nonsense'], /--nonsense/],
])('%j is bad usage', async (argv, complaint) => {
  expect(await runAudit('', ...argv)).toEqual({ exitCode: 2, rows: [], stderr: expect.stringMatching(complaint) });
});

test('a person at a terminal is told to pipe', async () => {
  const { exitCode, stderr } = await runAudit(Object.assign(Readable.from([]), { isTTY: true }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('pipe') });
});
