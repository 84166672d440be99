import { describe, expect, test } from 'vitest';
import {
  createProblemResponse,
  createResponse,
  createSucceededResponse,
  type ReceivedRequest,
  runMwaaWithApi,
  type ScriptedResponse,
} from './scripted-api.ts';

const TRIGGER = ['dags', 'trigger', 'daily', '--conf', '{"a": 1}'];

/** An environment in which the trigger is answered so, and its run is at each look in the next of these states. */
function scriptTrigger(
  trigger: ScriptedResponse,
  states: (string | ScriptedResponse)[] = ['success'],
  explained: object = { allowed: true },
) {
  let look = 0;
  return ({ route, argv }: ReceivedRequest): ScriptedResponse => {
    if (route === '/environments')
      return createResponse({ environments: [{ name: 'prod', airflowVersion: '2.10.3' }] });
    if (route === '/explain') return createResponse(explained);
    if (argv[1] !== 'list-runs') return trigger;
    const state = states[Math.min(look++, states.length - 1)]!;
    return typeof state === 'object' ? state : createSucceededResponse({ output: [{ run_id: 'r-1', state }] });
  };
}

const TRIGGERED = createSucceededResponse({ runId: 'r-1', stdout: 'Created\n', stderr: 'warning\n' });
const runMwaaRun = (options: string[], argv: string[], answers: (question: ReceivedRequest) => ScriptedResponse) =>
  runMwaaWithApi(['run', ...options, '--', ...argv], answers);
const runMwaaRunAndWait = (...answers: Parameters<typeof scriptTrigger>) =>
  runMwaaRun(['--wait', '--interval', '1s'], TRIGGER, scriptTrigger(...answers));
const filterTriggers = (asked: readonly ReceivedRequest[]) => asked.filter(({ argv }) => argv[1] === 'trigger');

describe.concurrent('mwaa run', () => {
  test("as airflow: Airflow's streams, unchanged, and the words as they are", async () => {
    const answered = await runMwaaRun([], ['dags', 'list', '--', '--help'], () =>
      createSucceededResponse({ stdout: 'a\n', stderr: 'b\n' }),
    );
    expect(answered).toMatchObject({ exitCode: 0, stdout: 'a\n', stderr: 'b\n' });
    expect(answered.asked).toEqual([
      expect.objectContaining({ argv: ['dags', 'list', '--', '--help'], format: 'raw' }),
    ]);
  });

  test('in another environment than that of the variables', async () => {
    for (const more of [[], ['--key', 'k']]) {
      const { asked } = await runMwaaRun(['--environment', 'next', ...more], ['version'], () =>
        createSucceededResponse(),
      );
      expect(asked).toMatchObject([{ environment: 'next' }]);
    }
    expect((await runMwaaRun(['--environment', ''], ['version'], () => createSucceededResponse())).exitCode).toBe(78);
  });

  test('with a key', async () => {
    const answered = await runMwaaRun(['--key', 'k 1'], TRIGGER, () => TRIGGERED);
    expect(answered).toMatchObject({ exitCode: 0, stdout: 'Created\n', stderr: 'warning\n' });
    expect(answered.asked).toEqual([expect.objectContaining({ argv: TRIGGER, key: 'k 1', format: 'raw' })]);
  });

  test.each<[what: string, answer: ScriptedResponse, exitCode: number]>([
    ['an answer', createSucceededResponse({ runId: 'r-1' }), 0],
    ['an answer that failed', createResponse({ outcome: 'failed', stdout: 'rows' }), 1],
    ['a problem of Airflow', createProblemResponse('command-failed', { stderr: 'Traceback' }), 1],
    ['a refusal', createProblemResponse('not-granted'), 77],
    ['an open fate', createProblemResponse('outcome-unknown'), 3],
  ])('--output json: %s, whole, and nothing else', async (_what, answer, exitCode) => {
    const { stdout, stderr, ...ended } = await runMwaaRun(['--output', 'json'], ['dags', 'list'], () => answer);
    expect(ended).toMatchObject({ exitCode, asked: [{ format: 'json' }] });
    expect(JSON.parse(stdout)).toEqual(answer.body);
    expect(stderr).toBe('');
  });
});

describe.concurrent('mwaa run --wait', () => {
  test('the streams of the trigger, and on standard error what became of the run', async () => {
    const { exitCode, stdout, stderr, asked } = await runMwaaRunAndWait(TRIGGERED, ['running', 'success']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Created\n' });
    expect(stderr).toMatch(
      /^warning\nr-1 of daily: running \(after 0s\)\nmwaa run: r-1 of daily: success, after [12]s\.\n$/,
    );
    expect(asked.map(({ route }) => route)).toEqual(['/environments', '/explain', '/cli', '/cli', '/cli']);
    expect(asked[1]!.argv).toEqual(['dags', 'list-runs', '--dag-id=daily', '--output=json']);
  });

  test('a run that fails is 1', async () => {
    expect(await runMwaaRunAndWait(TRIGGERED, ['failed'])).toMatchObject({ exitCode: 1 });
  });

  test('with --output json the answer stands on standard output before anything is waited for', async () => {
    const answered = await runMwaaRun(['--wait', '--output', 'json'], TRIGGER, scriptTrigger(TRIGGERED));
    expect(JSON.parse(answered.stdout)).toEqual(TRIGGERED.body);
    expect(answered).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('success') });
  });

  test.each<[what: string, trigger: ScriptedResponse, exitCode: number]>([
    ['fails', createProblemResponse('command-failed', { runId: 'r-1' }), 1],
    ['is refused', createProblemResponse('not-granted'), 77],
    ['is not sent', createProblemResponse('airflow-unreachable'), 69],
  ])('a trigger that %s has no run to wait for', async (_what, trigger, exitCode) => {
    const ended = await runMwaaRunAndWait(trigger);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.asked.at(-1)!.argv).toEqual(TRIGGER);
  });

  test('a trigger whose fate is open is looked for by its run id', async () => {
    const open = createProblemResponse('outcome-unknown', { runId: 'r-1' });
    const none = createSucceededResponse({ output: [] });
    const { exitCode, stderr, asked } = await runMwaaRunAndWait(open, [none, 'running', 'success']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('looking for r-1') });
    expect(filterTriggers(asked)).toHaveLength(1);
  });

  test('a trigger whose fate is open, and whose run id nobody knows, is 3; with an id of its own it is looked for', async () => {
    const open = createProblemResponse('gateway-error');
    const unknown = await runMwaaRunAndWait(open);
    expect(unknown).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('It is gateway-error.') });
    const own = await runMwaaRun(['--wait'], [...TRIGGER, '--run-id', 'r-1'], scriptTrigger(open));
    expect(own).toMatchObject({ exitCode: 0 });
  });

  test('what may not be looked at is not begun', async () => {
    const refusal = { code: 'not-granted', detail: '"dags list-runs" is not granted.' };
    const { exitCode, stderr, asked } = await runMwaaRunAndWait(TRIGGERED, [], { allowed: false, refusal });
    expect({ exitCode, stderr }).toEqual({ exitCode: 77, stderr: expect.stringContaining('Nothing was sent') });
    expect(stderr).toContain('"dags list-runs" is not granted.');
    expect(filterTriggers(asked)).toEqual([]);
  });

  test('of a DAG that is paused it is said', async () => {
    const paused = createSucceededResponse({ runId: 'r-1', notes: ['dag-is-paused'] });
    expect(await runMwaaRunAndWait(paused)).toMatchObject({ stderr: expect.stringContaining('daily is paused') });
  });

  test('Ctrl-C while it waits: 130, and how to go on waiting', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 500);
    const { exitCode, stderr } = await runMwaaWithApi(
      ['run', '--wait', '--', ...TRIGGER],
      scriptTrigger(TRIGGERED, ['queued']),
      {
        signal: stopping.signal,
      },
    );
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
  const { exitCode, stderr, asked } = await runMwaaWithApi(['run', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(complaint) });
  expect(asked).toEqual([]);
});

test('what the release knows as no trigger is bad usage, before anything is sent', async () => {
  const { exitCode, stderr, asked } = await runMwaaRun(
    ['--wait'],
    ['dags', 'trigger', 'daily', '--con', '{}'],
    scriptTrigger(TRIGGERED),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--conf') });
  expect(asked).toHaveLength(1);
});

describe('without a proxy', () => {
  const direct = { MWAA_CLI_PROXY_URL: '' };
  test.each([[['environments']], [['allowed']]])('mwaa %j says that it needs one', async (argv) => {
    const { exitCode, stderr } = await runMwaaWithApi(argv, undefined, { environment: direct });
    expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: expect.stringContaining('MWAA_CLI_PROXY_URL') });
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
