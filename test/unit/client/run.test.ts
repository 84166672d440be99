import { describe, expect, test } from 'vitest';
import { type Answer, type Asked, mwaaAsks, ok, problem, succeeded } from './scripted-api.ts';

const TRIGGER = ['dags', 'trigger', 'daily', '--conf', '{"a": 1}'];

/** An environment in which the trigger is answered so, and its run is at each look in the next of these states. */
function airflow(trigger: Answer, states: (string | Answer)[] = ['success'], explained: object = { allowed: true }) {
  let look = 0;
  return ({ route, argv }: Asked): Answer => {
    if (route === '/environments') return ok({ environments: [{ name: 'prod', airflowVersion: '2.10.3' }] });
    if (route === '/explain') return ok(explained);
    if (argv[1] !== 'list-runs') return trigger;
    const state = states[Math.min(look++, states.length - 1)]!;
    return typeof state === 'object' ? state : succeeded({ output: [{ run_id: 'r-1', state }] });
  };
}

const TRIGGERED = succeeded({ runId: 'r-1', stdout: 'Created\n', stderr: 'warning\n' });
const run = (options: string[], argv: string[], answers: (question: Asked) => Answer) =>
  mwaaAsks(['run', ...options, '--', ...argv], answers);
const runAndWait = (...answers: Parameters<typeof airflow>) =>
  run(['--wait', '--interval', '1s'], TRIGGER, airflow(...answers));
const triggersIn = (asked: readonly Asked[]) => asked.filter(({ argv }) => argv[1] === 'trigger');

describe.concurrent('mwaa run', () => {
  test("as airflow: Airflow's streams, unchanged, and the words as they are", async () => {
    const answered = await run([], ['dags', 'list', '--', '--help'], () => succeeded({ stdout: 'a\n', stderr: 'b\n' }));
    expect(answered).toMatchObject({ exitCode: 0, stdout: 'a\n', stderr: 'b\n' });
    expect(answered.asked).toEqual([
      expect.objectContaining({ argv: ['dags', 'list', '--', '--help'], format: 'raw' }),
    ]);
  });

  test('in another environment than that of the variables', async () => {
    for (const more of [[], ['--key', 'k']]) {
      const { asked } = await run(['--environment', 'next', ...more], ['version'], () => succeeded());
      expect(asked).toMatchObject([{ environment: 'next' }]);
    }
    expect((await run(['--environment', ''], ['version'], () => succeeded())).exitCode).toBe(78);
  });

  test('with a key', async () => {
    const answered = await run(['--key', 'k 1'], TRIGGER, () => TRIGGERED);
    expect(answered).toMatchObject({ exitCode: 0, stdout: 'Created\n', stderr: 'warning\n' });
    expect(answered.asked).toEqual([expect.objectContaining({ argv: TRIGGER, key: 'k 1', format: 'raw' })]);
  });

  test.each<[what: string, answer: Answer, exitCode: number]>([
    ['an answer', succeeded({ runId: 'r-1' }), 0],
    ['an answer that failed', ok({ outcome: 'failed', stdout: 'rows' }), 1],
    ['a problem of Airflow', problem('command-failed', { stderr: 'Traceback' }), 1],
    ['a refusal', problem('not-granted'), 77],
    ['an open fate', problem('outcome-unknown'), 3],
  ])('--output json: %s, whole, and nothing else', async (_what, answer, exitCode) => {
    const { stdout, stderr, ...ended } = await run(['--output', 'json'], ['dags', 'list'], () => answer);
    expect(ended).toMatchObject({ exitCode, asked: [{ format: 'json' }] });
    expect(JSON.parse(stdout)).toEqual(answer.body);
    expect(stderr).toBe('');
  });
});

describe.concurrent('mwaa run --wait', () => {
  test('the streams of the trigger, and on standard error what became of the run', async () => {
    const { exitCode, stdout, stderr, asked } = await runAndWait(TRIGGERED, ['running', 'success']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Created\n' });
    expect(stderr).toMatch(
      /^warning\nr-1 of daily: running \(after 0s\)\nmwaa run: r-1 of daily: success, after [12]s\.\n$/,
    );
    expect(asked.map(({ route }) => route)).toEqual(['/environments', '/explain', '/cli', '/cli', '/cli']);
    expect(asked[1]!.argv).toEqual(['dags', 'list-runs', '--dag-id=daily', '--output=json']);
  });

  test('a run that fails is 1', async () => {
    expect(await runAndWait(TRIGGERED, ['failed'])).toMatchObject({ exitCode: 1 });
  });

  test('with --output json the answer stands on standard output before anything is waited for', async () => {
    const answered = await run(['--wait', '--output', 'json'], TRIGGER, airflow(TRIGGERED));
    expect(JSON.parse(answered.stdout)).toEqual(TRIGGERED.body);
    expect(answered).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('success') });
  });

  test.each<[what: string, trigger: Answer, exitCode: number]>([
    ['fails', problem('command-failed', { runId: 'r-1' }), 1],
    ['is refused', problem('not-granted'), 77],
    ['is not sent', problem('airflow-unreachable'), 69],
  ])('a trigger that %s has no run to wait for', async (_what, trigger, exitCode) => {
    const ended = await runAndWait(trigger);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.asked.at(-1)!.argv).toEqual(TRIGGER);
  });

  test('a trigger whose fate is open is looked for by its run id', async () => {
    const open = problem('outcome-unknown', { runId: 'r-1' });
    const none = succeeded({ output: [] });
    const { exitCode, stderr, asked } = await runAndWait(open, [none, 'running', 'success']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('looking for r-1') });
    expect(triggersIn(asked)).toHaveLength(1);
  });

  test('a trigger whose fate is open, and whose run id nobody knows, is 3; with an id of its own it is looked for', async () => {
    const open = problem('gateway-error');
    const unknown = await runAndWait(open);
    expect(unknown).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('It is gateway-error.') });
    const own = await run(['--wait'], [...TRIGGER, '--run-id', 'r-1'], airflow(open));
    expect(own).toMatchObject({ exitCode: 0 });
  });

  test('what may not be looked at is not begun', async () => {
    const refusal = { code: 'not-granted', detail: '"dags list-runs" is not granted.' };
    const { exitCode, stderr, asked } = await runAndWait(TRIGGERED, [], { allowed: false, refusal });
    expect({ exitCode, stderr }).toEqual({ exitCode: 77, stderr: expect.stringContaining('Nothing was sent') });
    expect(stderr).toContain('"dags list-runs" is not granted.');
    expect(triggersIn(asked)).toEqual([]);
  });

  test('of a DAG that is paused it is said', async () => {
    const paused = succeeded({ runId: 'r-1', notes: ['dag-is-paused'] });
    expect(await runAndWait(paused)).toMatchObject({ stderr: expect.stringContaining('daily is paused') });
  });

  test('Ctrl-C while it waits: 130, and how to go on waiting', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 500);
    const { exitCode, stderr } = await mwaaAsks(['run', '--wait', '--', ...TRIGGER], airflow(TRIGGERED, ['queued']), {
      signal: stopping.signal,
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: expect.stringContaining('-- daily r-1') });
  });
});

test.each<[argv: string[], complaint: RegExp]>([
  [[], /Which command/],
  [['--'], /Which command/],
  [['version'], /version/],
  [['--output', 'xml', '--', 'version'], /--output xml/],
  [['--wait', '--', 'version'], /dags trigger/],
  [['--wait', '--', 'dags', 'list'], /dags trigger/],
  [['--wait', '--timeout', 'x', '--', ...TRIGGER], /--timeout x/],
  [['--nonsense', '--', 'version'], /--nonsense/],
])('mwaa run %j is bad usage, and nothing is asked', async (argv, complaint) => {
  const { exitCode, stderr, asked } = await mwaaAsks(['run', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(complaint) });
  expect(asked).toEqual([]);
});

test('what the release knows as no trigger is bad usage, before anything is sent', async () => {
  const { exitCode, stderr, asked } = await run(
    ['--wait'],
    ['dags', 'trigger', 'daily', '--con', '{}'],
    airflow(TRIGGERED),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--conf') });
  expect(asked).toHaveLength(1);
});

describe('without a proxy', () => {
  const direct = { MWAA_CLI_PROXY_URL: '' };
  test.each([[['environments']], [['allowed']]])('mwaa %j says that it needs one', async (argv) => {
    const { exitCode, stderr } = await mwaaAsks(argv, undefined, { environment: direct });
    expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: expect.stringContaining('MWAA_CLI_PROXY_URL') });
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
