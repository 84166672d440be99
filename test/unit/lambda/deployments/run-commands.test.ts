import { expect, test } from 'vitest';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../../airflow/split-command-line.ts';
import type { ProblemCode } from '../../../../contract/problem-types.ts';
import { type Attempt, type ReadyCommand, runCommands } from '../../../../lambda/deployments/run-commands.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';

const DONE: Attempt = { kind: 'done', outcome: 'succeeded' };
const problem = (code: ProblemCode, stderr = ''): Attempt => ({
  kind: 'problem',
  code,
  detail: 'why',
  streams: { stdout: '', stderr },
});
const ABSENT = problem('command-failed', 'Did not find a connection with `conn_id`=db\n');
const PRESENT = problem('command-failed', 'A connection with `conn_id`=db already exists.\n');

const toReady = (text: string): ReadyCommand => {
  const argv = splitCommandLine(text);
  return { text, argv, invocation: parseInvocation(AIRFLOW_2, argv), idempotencyKey: text };
};

/** Runs commands with scripted results, in a time that only pauses use up. */
async function run(commands: readonly string[], script: readonly Attempt[], seconds = 600) {
  let now = 0;
  const sent: string[] = [];
  const remaining = [...script];
  const result = await runCommands(commands.map(toReady), {
    deadline: seconds * 1000,
    now: () => now,
    random: () => 0.5,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    attempt: async ({ text }) => {
      sent.push(text);
      return remaining.length > 1 ? remaining.shift()! : remaining[0]!;
    },
  });
  return {
    sent,
    ran: result.ran,
    outcomes: result.results.map(({ outcome }) => outcome),
    failure: result.failure,
    seconds: now / 1000,
  };
}

const SET = 'variables set a 1';
const ADD = "connections add db --conn-uri='x://y'";
const DELETE = 'connections delete db';

test.each<[what: string, commands: readonly string[], script: readonly Attempt[], expected: object]>([
  ['no commands', [], [DONE], { sent: [], ran: 0, failure: undefined }],
  ['in their order', [SET, DELETE], [DONE], { sent: [SET, DELETE], ran: 2, failure: undefined }],
  [
    'until one fails',
    [SET, ADD, SET],
    [DONE, problem('command-failed')],
    { sent: [SET, ADD], ran: 1, failure: { index: 1, code: 'command-failed', mayHaveRun: false } },
  ],
  [
    'a busy environment',
    [SET],
    [problem('busy'), problem('busy'), DONE],
    { sent: [SET, SET, SET], ran: 1, failure: undefined },
  ],
  ['an unknown outcome', [SET], [problem('outcome-unknown'), DONE], { sent: [SET, SET], ran: 1, failure: undefined }],
  [
    'an unclear outcome three times',
    [SET],
    [problem('outcome-unclear')],
    { sent: [SET, SET, SET], ran: 1, failure: { code: 'outcome-unclear', mayHaveRun: true } },
  ],
  ['nothing to delete', [DELETE], [ABSENT], { outcomes: ['already-absent'], failure: undefined }],
  [
    'an unknown outcome, then refused',
    [SET],
    [problem('outcome-unknown'), problem('command-refused')],
    { failure: { code: 'command-refused', mayHaveRun: true } },
  ],
  ['what exists', [ADD], [PRESENT], { sent: [ADD], failure: { mayHaveRun: false } }],
  [
    'what exists after an unknown outcome',
    [ADD],
    [problem('outcome-unknown'), PRESENT],
    { failure: { mayHaveRun: false, detail: expect.stringContaining('may have created it') } },
  ],
  [
    'the same, with a deletion before',
    [DELETE, ADD],
    [ABSENT, problem('outcome-unknown'), PRESENT, DONE, DONE],
    { sent: [DELETE, ADD, ADD, DELETE, ADD], ran: 2, failure: undefined },
  ],
  [
    'the same, again and again',
    [DELETE, ADD],
    [
      DONE,
      problem('outcome-unknown'),
      PRESENT,
      DONE,
      problem('outcome-unknown'),
      PRESENT,
      DONE,
      problem('outcome-unknown'),
      PRESENT,
    ],
    { ran: 1, failure: { index: 1 } },
  ],
  [
    'not granted',
    [SET],
    [problem('not-granted')],
    { sent: [SET], failure: { code: 'not-granted', mayHaveRun: false } },
  ],
])('%s', async (_what, commands, script, expected) => {
  expect(await run(commands, script)).toMatchObject(expected);
});

test('after a return to a deletion that then fails, the commands behind it count as run', async () => {
  const script = [DONE, DONE, problem('outcome-unknown'), PRESENT, problem('command-refused')];
  expect(await run([DELETE, SET, ADD], script)).toMatchObject({
    sent: [DELETE, SET, ADD, ADD, DELETE],
    ran: 2,
    failure: { index: 0, code: 'command-refused' },
  });
});

test('an outage is waited for five minutes, a busy environment until the end', async () => {
  const outage = await run([SET], [problem('airflow-unreachable')]);
  expect(outage).toMatchObject({ failure: { code: 'airflow-unreachable', mayHaveRun: false } });
  expect(outage.seconds).toBeGreaterThan(270);
  expect(outage.seconds).toBeLessThanOrEqual(300);
  const busy = await run([SET], [problem('busy')]);
  expect(busy).toMatchObject({ failure: { code: 'busy' } });
  expect(busy.seconds).toBeGreaterThan(560);
});

test('a command is not started without enough time', async () => {
  expect(await run([SET], [DONE], 10)).toMatchObject({
    sent: [],
    failure: { code: 'no-time-left', mayHaveRun: false },
  });
});

test('what was sent before the time was up may have run', async () => {
  expect(await run([SET], [problem('outcome-unknown')], 20)).toMatchObject({
    failure: { code: 'outcome-unknown', mayHaveRun: true },
  });
});
