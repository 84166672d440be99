import { describe, expect, test } from 'vitest';
import {
  createProblemResponse,
  createResponse,
  createSucceededResponse,
  type EnvironmentScript,
  type ReceivedRequest,
  runMwaaWithApi,
  type ScriptedResponse,
  scriptEnvironment,
} from './scripted-api.ts';

const TRIGGER = ['dags', 'trigger', 'daily', '--conf', '{"a": 1}'];
const NOT_FOUND = createProblemResponse('run-not-found');
const TRIGGERED = createSucceededResponse({ runId: 'r-1', stdout: 'Created\n', stderr: 'warning\n' });

const runMwaaRun = (options: string[], argv: string[], respond: (request: ReceivedRequest) => ScriptedResponse) =>
  runMwaaWithApi(['run', ...options, '--', ...argv], respond);
const runMwaaRunAndWait = (script: EnvironmentScript) =>
  runMwaaRun(['--wait', '--interval', '1s'], TRIGGER, scriptEnvironment(script));
const EXAMPLE_RUN_ID = 'mwaa-cli-proxy__request-00000000-0000-0000-0000-000000000000';
const filterTriggers = (requests: readonly ReceivedRequest[]) => requests.filter(({ argv }) => argv[1] === 'trigger');

describe.concurrent('mwaa run', () => {
  test("sends the words unchanged and prints Airflow's streams, like airflow", async () => {
    const result = await runMwaaRun([], ['dags', 'list', '--', '--help'], () =>
      createSucceededResponse({ stdout: 'a\n', stderr: 'b\n' }),
    );
    expect(result).toMatchObject({ exitCode: 0, stdout: 'a\n', stderr: 'b\n' });
    expect(result.requests).toEqual([
      expect.objectContaining({ argv: ['dags', 'list', '--', '--help'], format: 'raw' }),
    ]);
  });

  test('uses the environment of --environment', async () => {
    for (const more of [[], ['--key', 'k']]) {
      const { requests } = await runMwaaRun(['--environment', 'next', ...more], ['version'], () =>
        createSucceededResponse(),
      );
      expect(requests).toMatchObject([{ environment: 'next' }]);
    }
    expect((await runMwaaRun(['--environment', ''], ['version'], () => createSucceededResponse())).exitCode).toBe(78);
  });

  test('sends the idempotency key of --key', async () => {
    const result = await runMwaaRun(['--key', 'k 1'], TRIGGER, () => TRIGGERED);
    expect(result).toMatchObject({ exitCode: 0, stdout: 'Created\n', stderr: 'warning\n' });
    expect(result.requests).toEqual([expect.objectContaining({ argv: TRIGGER, key: 'k 1', format: 'raw' })]);
  });

  test.each<[what: string, response: ScriptedResponse, exitCode: number]>([
    ['a successful response', createSucceededResponse({ runId: 'r-1' }), 0],
    ['a response with the outcome failed', createResponse({ outcome: 'failed', stdout: 'rows' }), 1],
    ['the problem of a failed command', createProblemResponse('command-failed', { stderr: 'Traceback' }), 1],
    ['a refusal', createProblemResponse('not-granted'), 77],
    ['an unknown outcome', createProblemResponse('outcome-unknown'), 3],
  ])('--output json prints %s completely and nothing else', async (_what, response, exitCode) => {
    const { stdout, stderr, ...result } = await runMwaaRun(
      ['--output', 'json'],
      ['dags', 'pause', 'x'],
      () => response,
    );
    expect(result).toMatchObject({ exitCode, requests: [{ format: 'json' }] });
    expect(JSON.parse(stdout)).toEqual(response.body);
    expect(stderr).toBe('');
  });
});

describe.concurrent('mwaa run, if no slot is free,', () => {
  const BUSY = createProblemResponse('busy');

  test.each([[[]], [['--output', 'json']]])('fails at once with --no-wait %j', async (options) => {
    const result = await runMwaaRun(['--no-wait', ...options], TRIGGER, () => BUSY);
    expect(result).toMatchObject({ exitCode: 75, requests: [{ argv: TRIGGER }] });
  });

  test('waits, says so on a terminal, and ends with 130 after Ctrl-C', async () => {
    const aborting = new AbortController();
    let requests = 0;
    const { exitCode, stderr } = await runMwaaWithApi(
      ['run', '--key', 'k', '--', ...TRIGGER],
      () => {
        requests += 1;
        if (requests === 2) setTimeout(() => aborting.abort(), 100);
        return BUSY;
      },
      { columns: 80, signal: aborting.signal },
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 130,
      stderr:
        'mwaa run: waiting for a free slot …\nmwaa run: interrupted while waiting for a free slot. The command did not run.\n',
    });
  });

  test('cannot wait for the run without waiting for a slot', async () => {
    const { exitCode, stderr } = await runMwaaRun(['--wait', '--no-wait'], TRIGGER, () => BUSY);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('cannot be combined') });
  });
});

describe.concurrent('mwaa run --wait', () => {
  test('prints the streams of the trigger, and the result of the run to standard error', async () => {
    const { exitCode, stdout, stderr, requests } = await runMwaaRunAndWait({
      trigger: TRIGGERED,
      states: ['running', 'success'],
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Created\n' });
    expect(stderr).toMatch(
      /^warning\nr-1 of daily: running \(after \S+\)\nmwaa run: r-1 of daily: success after (?!0s)\d+[sm].*\.\n$/,
    );
    expect(requests.map(({ route }) => route)).toEqual([
      '/environments',
      '/explain',
      '/explain',
      '/cli',
      '/run',
      '/run',
    ]);
    expect(requests.slice(1, 3).map(({ argv }) => argv)).toEqual([
      ['tasks', 'states-for-dag-run', '--output=json', 'daily', EXAMPLE_RUN_ID],
      [
        'dags',
        'list-runs',
        '--dag-id=daily',
        expect.stringMatching(/^--end-date=20/),
        '--output=json',
        expect.stringMatching(/^--start-date=20/),
      ],
    ]);
    expect(requests.at(-1)!.query).toEqual({ dagId: 'daily', runId: 'r-1' });
  });

  test('exits with 1 if the run fails', async () => {
    expect(await runMwaaRunAndWait({ trigger: TRIGGERED, states: ['failed'] })).toMatchObject({ exitCode: 1 });
  });

  test('--output json prints the response to the trigger', async () => {
    const options = ['--wait', '--output', 'json'];
    const result = await runMwaaRun(options, TRIGGER, scriptEnvironment({ trigger: TRIGGERED }));
    expect(JSON.parse(result.stdout)).toEqual(TRIGGERED.body);
    expect(result).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('success') });
  });

  test.each<[what: string, trigger: ScriptedResponse, exitCode: number]>([
    ['fails', createProblemResponse('command-failed', { runId: 'r-1' }), 1],
    ['is refused', createProblemResponse('not-granted'), 77],
    ['is not sent', createProblemResponse('airflow-unreachable'), 69],
  ])('does not wait if the trigger %s', async (_what, trigger, exitCode) => {
    const result = await runMwaaRunAndWait({ trigger });
    expect(result.exitCode).toBe(exitCode);
    expect(result.requests.at(-1)!.argv).toEqual(TRIGGER);
  });

  test('looks for the run by its id if the outcome of the trigger is unknown', async () => {
    const trigger = createProblemResponse('outcome-unknown', { runId: 'r-1' });
    const noRuns = createProblemResponse('run-not-found');
    const { exitCode, stderr, requests } = await runMwaaRunAndWait({ trigger, states: [noRuns, 'running', 'success'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('looking for r-1') });
    expect(filterTriggers(requests)).toHaveLength(1);
  });

  test('exits with 3 if the outcome and the run id are unknown, but looks for the run id of --run-id', async () => {
    const trigger = createProblemResponse('gateway-error');
    const withoutRunId = await runMwaaRunAndWait({ trigger });
    expect(withoutRunId).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('It is gateway-error.') });
    const withRunId = await runMwaaRun(['--wait'], [...TRIGGER, '--run-id', 'r-1'], scriptEnvironment({ trigger }));
    expect(withRunId).toMatchObject({ exitCode: 0 });
  });

  test('sends no trigger if the caller may not poll its run', async () => {
    const refusal = { code: 'not-granted', detail: '"dags list-runs" is not granted.' };
    const { exitCode, stderr, requests } = await runMwaaRunAndWait({
      trigger: TRIGGERED,
      explanation: { allowed: false, refusal },
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 77, stderr: expect.stringContaining('The trigger was not sent') });
    expect(stderr).toContain('"dags list-runs" is not granted.');
    expect(filterTriggers(requests)).toEqual([]);
  });

  test.each<[what: string, release: string, granted: RegExp, states: ScriptedResponse[], exitCode: number]>([
    ['the list of all runs is short enough', '3.0.6', /list-runs/, [NOT_FOUND], 0],
    ['the list of all runs is too large', '3.0.6', /list-runs/, [createProblemResponse('answer-too-large')], 69],
    ['1.10 lists few runs', '1.10.12', /list_dag_runs/, [NOT_FOUND], 0],
    ['1.10 lists too many runs', '1.10.12', /list_dag_runs/, [createProblemResponse('answer-too-large')], 69],
    ['Airflow is busy', '3.0.6', /list-runs/, [createProblemResponse('airflow-unreachable')], 0],
  ])('without a bounded command, tries before the trigger: %s', async (_what, release, granted, states, exitCode) => {
    const explanation = (argv: readonly string[]) =>
      granted.test(argv.join(' '))
        ? { allowed: true }
        : { allowed: false, refusal: { code: 'not-granted', detail: `${argv[1]} is not granted.` } };
    const trigger = release.startsWith('1') ? ['trigger_dag', 'daily'] : TRIGGER;
    const script = { release, explanation, trigger: TRIGGERED, states: [...states, 'success'] };
    const result = await runMwaaRun(['--wait'], trigger, scriptEnvironment(script));
    expect(result).toMatchObject({ exitCode });
    const sent = result.requests.filter(({ route, argv }) => route === '/cli' && argv.includes('daily'));
    expect(sent).toHaveLength(exitCode === 0 ? 1 : 0);
    expect(result.requests.find(({ route }) => route === '/run' || route === '/cli')!.route).toBe('/run');
    if (exitCode !== 0) expect(result.stderr).toContain('The trigger was not sent');
  });

  test('sends no trigger on 2.0, which cannot show a run by its id', async () => {
    const { exitCode, stderr, requests } = await runMwaaRunAndWait({ release: '2.0.2', trigger: TRIGGERED });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('Airflow 2.0.2') });
    expect(requests).toHaveLength(1);
  });

  test('reports that the DAG is paused', async () => {
    const trigger = createSucceededResponse({ runId: 'r-1', notes: ['dag-is-paused'] });
    expect(await runMwaaRunAndWait({ trigger })).toMatchObject({
      stderr: expect.stringContaining('mwaa run: The DAG is paused.'),
    });
  });

  test('Ctrl-C while waiting exits with 130 and prints the command to keep waiting', async () => {
    const aborting = new AbortController();
    const { exitCode, stderr } = await runMwaaWithApi(
      ['run', '--wait', '--', ...TRIGGER],
      scriptEnvironment({ trigger: TRIGGERED, states: ['queued'] }),
      { signal: aborting.signal, onStderr: (text) => text.includes('queued') && aborting.abort() },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: expect.stringContaining('-- daily r-1') });
  });
});

test.each<[argv: string[], message: RegExp]>([
  [[], /No command/],
  [['--'], /No command/],
  [['version'], /version/],
  [['--output', 'xml', '--', 'version'], /--output xml/],
  [['--wait', '--', 'version'], /dags trigger/],
  [['--wait', '--', 'dags', 'list'], /dags trigger/],
  [['--wait', '--timeout', 'x', '--', ...TRIGGER], /--timeout x/],
  [['--nonsense', '--', 'version'], /--nonsense/],
])('mwaa run %j is invalid usage and sends no request', async (argv, message) => {
  const { exitCode, stderr, requests } = await runMwaaWithApi(['run', ...argv]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) });
  expect(requests).toEqual([]);
});

test('mwaa run --wait rejects a trigger that the release does not accept, before it is sent', async () => {
  const { exitCode, stderr, requests } = await runMwaaRun(
    ['--wait'],
    ['dags', 'trigger', 'daily', '--con', '{}'],
    scriptEnvironment({ trigger: TRIGGERED }),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('--conf') });
  expect(requests).toHaveLength(1);
});

test.each([[['environments']], [['allowed']]])('mwaa %j without a proxy exits with 78', async (argv) => {
  const { exitCode, stderr } = await runMwaaWithApi(argv, undefined, { environment: { MWAA_CLI_PROXY_URL: '' } });
  expect({ exitCode, stderr }).toEqual({ exitCode: 78, stderr: expect.stringContaining('MWAA_CLI_PROXY_URL') });
  expect(stderr.split('\n')).toHaveLength(2);
});
