import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { mwaa } from '../../../client/operator/mwaa.ts';
import { recordedTerminal } from '../../recorded-terminal.ts';

async function audit(log: string | Readable, ...argv: string[]) {
  const { terminal, written } = recordedTerminal({}, typeof log === 'string' ? log : '');
  const exitCode = await mwaa(['audit', ...argv], typeof log === 'string' ? terminal : { ...terminal, stdin: log });
  const rows = written.stdout.split('\n').slice(0, -1);
  return { exitCode, rows, stderr: written.stderr };
}

const OF_ALL = { environment: 'prod', caller: 'arn:aws:sts::111122223333:assumed-role/team/jo' };
const intent = (id: string, more: object = {}) =>
  JSON.stringify({ audit: 'intent', requestId: 'r', lambdaRequestId: id, ...OF_ALL, ...more });
const outcome = (id: string, more: object = {}) =>
  JSON.stringify({
    audit: 'outcome',
    requestId: 'r',
    lambdaRequestId: id,
    ...OF_ALL,
    outcome: 'succeeded',
    durationMs: 1500,
    ...more,
  });

const TRIGGER = {
  command: ['dags', 'trigger', '--conf=***', '--run-id=r 1', 'daily'],
  decision: 'allowed',
  grantLine: 41,
};
const AT = '2026-11-22T06:00:02.500Z';
const ROW = `2026-11-22T06:00:01Z  succeeded          line 41     1.5s  prod  111122223333:assumed-role/team/jo  dags trigger --conf='***' --run-id='r 1' daily`;

const REAL = outcome('l-1', TRIGGER);
const WRITTEN = `${AT}\tl-1\tINFO\t${REAL}`;
const EVENT = { logStreamName: '2026/11/22/[$LATEST]1', timestamp: 1, message: `${WRITTEN}\n`, ingestionTime: 2 };

describe('a line, however it was got', () => {
  test.each<[how: string, line: string]>([
    ['as the function wrote it', WRITTEN],
    ['by aws logs tail --format short', `2026-11-22T06:00:09 ${WRITTEN}`],
    ['by aws logs tail', `2026-11-22T06:00:09.123000+00:00 2026/11/22/[$LATEST]1 ${WRITTEN}`],
    ['by aws logs filter-log-events', JSON.stringify({ events: [EVENT] }, null, 4)],
    ['an event a line', JSON.stringify(EVENT)],
    ['by aws logs filter-log-events --output text', `EVENTS\t1\t2\t[$LATEST]1\t${WRITTEN}\n\t1`],
    ['by itself, with the time of its metrics', outcome('l-1', { ...TRIGGER, _aws: { Timestamp: Date.parse(AT) } })],
    ['with a line end of Windows', `${WRITTEN}\r\n`],
  ])('%s', async (_how, line) => {
    expect(await audit(`${line}\n`)).toEqual({ exitCode: 0, rows: [ROW], stderr: '' });
  });

  test('several events in one line', async () => {
    const { rows } = await audit(JSON.stringify({ events: [EVENT, { ...EVENT, message: 'START' }, EVENT] }));
    expect(rows).toEqual([ROW, ROW]);
  });

  test('without any time', async () => {
    expect((await audit(REAL)).rows).toEqual([ROW.replace('2026-11-22T06:00:01Z', '-'.padEnd(20))]);
  });
});

describe('lines that are none', () => {
  const START = 'START RequestId: l-1 Version: $LATEST';
  const REPORT = 'REPORT RequestId: l-1\tDuration: 1501 ms\tBilled Duration: 1502 ms\tMemory Size: 256 MB';
  test.each<[what: string, lines: string[], cutOff: number]>([
    ['of Lambda', ['INIT_START Runtime Version: nodejs24.x', START, WRITTEN, 'END RequestId: l-1', REPORT], 0],
    [
      'of others',
      ['{"directory":"/environments","requestId":"r"}', '', '   ', '{}', 'null', '{"message": 7}', WRITTEN],
      0,
    ],
    ['cut off', [WRITTEN, WRITTEN.slice(0, 120)], 1],
    ['cut off in an event', [WRITTEN, JSON.stringify(EVENT).slice(0, 200)], 1],
    [
      'of another form',
      [WRITTEN, '{"audit":"outcome"}', '{"audit":"intent","lambdaRequestId":7,"environment":"x"}'],
      2,
    ],
  ])('%s', async (_what, lines, cutOff) => {
    const { exitCode, rows, stderr } = await audit(lines.join('\n'));
    expect({ exitCode, rows }).toEqual({ exitCode: cutOff > 0 ? 1 : 0, rows: [ROW] });
    expect(stderr).toBe(cutOff === 0 ? '' : `mwaa audit: ${cutOff} of the audit's lines are cut off, and not shown.\n`);
  });

  test('nothing at all', async () => {
    expect(await audit('')).toEqual({ exitCode: 0, rows: [], stderr: '' });
  });
});

describe('requests', () => {
  test('an intent and its outcome are one request, between those of others', async () => {
    const lines = [
      intent('a', TRIGGER),
      intent('b', TRIGGER),
      outcome('b', TRIGGER),
      outcome('c'),
      outcome('a', TRIGGER),
    ];
    expect((await audit(lines.join('\n'))).rows).toHaveLength(3);
  });

  test('one that has no end on record is told last, and by the id that no caller chooses', async () => {
    const lines = [`${AT}\ta\tINFO\t${intent('a', TRIGGER)}`, outcome('b', { ...TRIGGER, requestId: 'r' })];
    const { rows } = await audit(lines.join('\n'));
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(/^2026-11-22T06:00:02Z {2}no end on record {3}line 41 {11}prod {2}.*daily$/);
  });

  test('the verdict is the outcome, or the problem in its place', async () => {
    const lines = [
      outcome('a', { replayed: true }),
      outcome('b', { outcome: 'unverified' }),
      outcome('c', { outcome: undefined, problem: 'not-granted', decision: 'refused' }),
      outcome('d', { outcome: undefined, problem: 'unhealthy', failedStep: 'TLS', command: ['@health'] }),
      outcome('e', { outcome: undefined, problem: 'untrusted-event', caller: undefined, command: undefined }),
    ];
    const { rows } = await audit(lines.join('\n'));
    const verdicts = rows.map((row) => row.slice(22).trimStart().split('  ')[0]);
    expect(verdicts).toEqual(['succeeded, replayed', 'unverified', 'not-granted', 'unhealthy', 'untrusted-event']);
    expect(rows[3]).toMatch(/@health {2}\(at TLS\)$/);
    expect(rows[4]).toMatch(/ {2}- {2}-$/);
  });

  test('what would steer a terminal does not', async () => {
    const { rows } = await audit(
      outcome('a', { command: ['dags', 'pause', '\u001b[2Jx\n\u009by'], caller: 'oidc:\u0007' }),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toMatch(/\p{Cc}/u);
  });

  test('each is shown when it ends, while the log goes on', async () => {
    const log = new Readable({ read() {} });
    let shown = '';
    const following = mwaa(['audit'], {
      environment: {},
      stdin: log,
      stdout: (text) => {
        shown += text;
        log.push(null);
      },
      stderr: () => {},
    });
    log.push(`${WRITTEN}\n`);
    expect(await following).toBe(0);
    expect(shown).toBe(`${ROW}\n`);
  });
});

describe('filters', () => {
  const lines = [
    outcome('1', { ...TRIGGER, environment: 'prod' }),
    outcome('2', { command: ['dags', 'list', '--output=json'], environment: 'next' }),
    outcome('3', { command: ['tasks', 'states-for-dag-run', 'd', 'r'], caller: 'oidc:sub=jo' }),
    outcome('4', { command: ['dags', 'delete', 'x'], problem: 'not-granted', caller: 'oidc:sub=al' }),
    outcome('5', { command: ['@health'] }),
    outcome('6', { problem: 'invalid-command' }),
    intent('7', { command: ['providers', 'list'] }),
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
    const { rows } = await audit(lines, ...argv);
    expect(rows.map((row) => row.split(' ').at(-1))).toEqual(ends);
  });
});

test('from a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const file = join(folder, 'relay.log');
  writeFileSync(file, WRITTEN);
  expect(await audit('', file)).toMatchObject({ exitCode: 0, rows: [ROW] });
  rmSync(folder, { recursive: true });
});

test.each<[argv: string[], complaint: RegExp]>([
  [['/nowhere.log'], /\/nowhere\.log cannot be read \(ENOENT\)/],
  [['/'], /cannot be read \(EISDIR\)/],
  [['a', 'b'], /one file/],
  [['--nonsense'], /--nonsense/],
])('%j is bad usage', async (argv, complaint) => {
  expect(await audit('', ...argv)).toEqual({ exitCode: 2, rows: [], stderr: expect.stringMatching(complaint) });
});

test('a person at a terminal is told to pipe', async () => {
  const { exitCode, stderr } = await audit(Object.assign(Readable.from([]), { isTTY: true }));
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('pipe') });
});
