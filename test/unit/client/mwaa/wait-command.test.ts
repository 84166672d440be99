import { describe, expect, test } from 'vitest';
import {
  createProblemResponse,
  createResponse,
  createSucceededResponse,
  type EnvironmentScript,
  runMwaaWithApi,
  type ScriptedResponse,
  scriptEnvironment,
} from './scripted-api.ts';

const runMwaaWait = (script: EnvironmentScript, options: string[] = []) =>
  runMwaaWithApi(['wait', '--interval', '1s', ...options, 'daily', 'r-1'], scriptEnvironment(script));

describe.concurrent('mwaa wait', () => {
  test('exits with 0 if the run succeeds, and prints the result to standard output', async () => {
    const { exitCode, stdout, stderr, requests } = await runMwaaWait({ states: ['running', 'running', 'success'] });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^r-1 of daily: success after (?![01]s)\d+[sm].*\.\n$/),
    });
    // One line per change of the state.
    expect(stderr).toMatch(/^r-1 of daily: running \(after \S+\)\n$/);
    expect(requests.slice(1)).toMatchObject(Array(3).fill({ route: '/run', query: { dagId: 'daily', runId: 'r-1' } }));
  });

  test('exits with 1 if the run fails, and prints the command that shows its task logs', async () => {
    const { exitCode, stderr } = await runMwaaWait({ states: ['failed'] });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('if prod is also the name of the environment in MWAA');
    expect(stderr).toContain(
      'aws logs tail airflow-prod-Task --since 2026-11-22T06:00:01Z --log-stream-name-prefix dag_id=daily/run_id=r-1/\n',
    );
    expect(stderr).not.toContain('Failed tasks');
  });

  test('prints the failed tasks of a failed run if the caller may list them', async () => {
    const tasks = ['extract', 'load'].map((task_id) => ({ task_id, state: 'failed' }));
    const runWithTasks = (rows: object[]) =>
      runMwaaWait({
        states: ['failed'],
        commands: { 'tasks states-for-dag-run': createSucceededResponse({ output: rows }) },
      });
    const both = await runWithTasks(tasks);
    expect(both.stderr).toContain('Failed tasks: extract, load\n');
    expect(both.stderr).toContain('run_id=r-1/');
    expect(both.requests.at(-1)!.argv).toEqual(['tasks', 'states-for-dag-run', '--output=json', 'daily', 'r-1']);
    const single = await runWithTasks(tasks.slice(1));
    expect(single.stderr).toContain('run_id=r-1/task_id=load/');
  });

  test('sends ids with every character unchanged', async () => {
    const ids = ['a/b c', "manual__2026-11-22T00:00:00+00:00 %2F ?&=#'é🚀"];
    const script = scriptEnvironment({});
    const { exitCode, requests } = await runMwaaWithApi(['wait', '--', ...ids], script);
    expect(exitCode).toBe(0);
    expect(requests.at(-1)!.query).toEqual({ dagId: ids[0], runId: ids[1] });
  });

  test('is not possible on 2.0', async () => {
    const { exitCode, stderr } = await runMwaaWait({ states: [createProblemResponse('invalid-command')] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('It is invalid-command') });
  });

  test('exits with 66 if there is no such run', async () => {
    const { exitCode, stderr } = await runMwaaWait({ states: [createProblemResponse('run-not-found')] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 66, stderr: expect.stringContaining('There is no run r-1') });
  });

  test.each<[what: string, response: ScriptedResponse]>([
    ['an unreachable web server', createProblemResponse('airflow-unreachable')],
    ['a relay that cannot start', createProblemResponse('relay-unavailable')],
    [
      'a database error',
      createProblemResponse('command-failed', { stderr: 'OperationalError: too many connections\n' }),
    ],
    ['an unreadable response', createProblemResponse('outcome-unclear')],
  ])('keeps polling after %s', async (_what, response) => {
    const { exitCode, stderr, requests } = await runMwaaWait({ states: ['queued', response, 'success'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('will retry') });
    expect(requests).toHaveLength(4);
  });

  test('keeps polling after responses that are not from the proxy', async () => {
    const response = { status: 502, body: { message: 'Bad gateway' } };
    const { exitCode, stderr, requests } = await runMwaaWait({ states: ['queued', response, response, 'success'] });
    // The client repeats such a request by itself, because it changes nothing.
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('will retry') });
    expect(requests).toHaveLength(5);
  });

  test.each<[what: string, response: ScriptedResponse]>([
    ['a timeout', createProblemResponse('airflow-timeout')],
    ['a lost response', createProblemResponse('gateway-error', { retrySafe: false })],
    ['a lost connection', { ...createResponse({}), disconnects: true }],
    ['a wait for a free slot', createProblemResponse('busy')],
  ])('repeats the same poll after %s', async (_what, response) => {
    const { exitCode, stderr, requests } = await runMwaaWait({ states: ['queued', response, 'success'] });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('will retry') });
    expect(requests).toHaveLength(4);
  });

  test.each<[code: Parameters<typeof createProblemResponse>[0], exitCode: number]>([
    ['not-granted', 77],
    ['not-signed', 77],
    ['answer-too-large', 69],
    ['token-not-permitted', 69],
  ])('stops after the problem %s with exit code %i and prints the command to keep waiting', async (code, exitCode) => {
    const result = await runMwaaWait({ states: ['queued', createProblemResponse(code)] });
    expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(`mwaa wait: It is ${code}.`) });
    expect(result.stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('exits with 124 at the timeout, and prints the last state and the command to keep waiting', async () => {
    const { exitCode, stderr } = await runMwaaWait({ states: ['queued'] }, ['--timeout', '8s']);
    expect(exitCode).toBe(124);
    expect(stderr).toContain('r-1 of daily: not finished after 8s, last state: queued.');
    expect(stderr).toContain('paused');
    expect(stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('exits with 130 after Ctrl-C, and prints the command to keep waiting', async () => {
    const aborting = new AbortController();
    const script = scriptEnvironment({ states: ['running'] });
    const { exitCode, stderr } = await runMwaaWithApi(['wait', 'daily', 'r-1'], script, {
      signal: aborting.signal,
      onStderr: (text) => text.includes('running') && aborting.abort(),
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('The run continues');
    expect(stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('on a terminal overwrites one line, no wider than the terminal, and removes it at the end', async () => {
    const { stdout, stderr } = await runMwaaWithApi(
      ['wait', '--interval', '1s', 'daily', 'r-1'],
      scriptEnvironment({ states: ['queued', 'running', 'success'] }),
      { columns: 18 },
    );
    expect(stderr.split('\r').map((line) => line.length)).toEqual([0, 17, 17, 17, 0]);
    expect(stderr).not.toContain('\n');
    expect(stdout).toContain('success');
  });

  test.each<[argv: string[], message: RegExp]>([
    [[], /mwaa wait DAG RUN_ID/],
    [['daily'], /mwaa wait DAG RUN_ID/],
    [['daily', 'r', 'x'], /mwaa wait DAG RUN_ID/],
    [['--timeout', 'soon', 'daily', 'r'], /--timeout soon.*30m/],
    [['--timeout', '0', 'daily', 'r'], /--timeout 0/],
    [['--interval', '-1', 'daily', 'r'], /--interval/],
    [['--timeout', '8000h', 'daily', 'r'], /--timeout 8000h/],
  ])('%j is invalid usage and sends no request', async (argv, message) => {
    const { exitCode, stderr, requests } = await runMwaaWithApi(['wait', ...argv]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(message) });
    expect(requests).toEqual([]);
  });
});
