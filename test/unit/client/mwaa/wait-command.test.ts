import { describe, expect, test } from 'vitest';
import {
  createProblemResponse,
  createResponse,
  createSucceededResponse,
  type ReceivedRequest,
  runMwaaWithApi,
  type ScriptedResponse,
} from './scripted-api.ts';

/** An environment with one run, which is in the next of these states at each look. */
function scriptRun(
  release: string,
  states: readonly (string | ScriptedResponse)[],
  others: Partial<Record<string, ScriptedResponse>> = {},
) {
  let look = 0;
  return ({ route, argv }: ReceivedRequest): ScriptedResponse => {
    const own = others[`${argv[0]} ${argv[1]}`] ?? others[route];
    if (own !== undefined) return own;
    if (route === '/environments') return createResponse({ environments: [{ name: 'prod', airflowVersion: release }] });
    if (route === '/explain') return createResponse({ allowed: true });
    if (argv[1] === 'trigger') return createSucceededResponse({ runId: 'r-1', stdout: 'triggered\n' });
    if (argv[0] === 'tasks') return createProblemResponse('not-granted');
    const state = states[Math.min(look++, states.length - 1)]!;
    if (typeof state === 'object') return state;
    const row = { dag_id: 'daily', run_id: 'r-1', state, start_date: '2026-11-22T06:00:01.123456+00:00' };
    return createSucceededResponse({ output: [{ ...row, run_id: 'r-10', state: 'failed' }, row] });
  };
}

const LIST = ['dags', 'list-runs', '--dag-id=daily', '--output=json'];
const runMwaaWait = (
  states: (string | ScriptedResponse)[],
  words: string[] = [],
  others: Partial<Record<string, ScriptedResponse>> = {},
) => runMwaaWithApi(['wait', '--interval', '1s', ...words, 'daily', 'r-1'], scriptRun('2.10.3', states, others));

describe.concurrent('mwaa wait', () => {
  test('a run that succeeds: 0, and its state on standard output', async () => {
    const { exitCode, stdout, stderr, asked } = await runMwaaWait(['running', 'running', 'success']);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^r-1 of daily: success, after [23]s\.\n$/),
    });
    // A line for each change, and no more.
    expect(stderr).toBe('r-1 of daily: running (after 0s)\n');
    expect(asked.slice(1)).toMatchObject(Array(3).fill({ route: '/cli', argv: LIST, format: 'json' }));
  });

  test('a run that fails: 1, and where the logs of its tasks are', async () => {
    const { exitCode, stderr } = await runMwaaWait(['failed']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('if MWAA too calls the environment prod');
    expect(stderr).toContain(
      'aws logs tail airflow-prod-Task --since 2026-11-22T06:00:01Z --log-stream-name-prefix dag_id=daily/run_id=r-1/\n',
    );
    expect(stderr).not.toContain('Failed tasks');
  });

  test('of a failed run the tasks that failed, where that is granted', async () => {
    const tasks = ['extract', 'load'].map((task_id) => ({ task_id, state: 'failed' }));
    const states = (rows: object[]) => ({ 'tasks states-for-dag-run': createSucceededResponse({ output: rows }) });
    const both = await runMwaaWait(['failed'], [], states(tasks));
    expect(both.stderr).toContain('Failed tasks: extract, load\n');
    expect(both.stderr).toContain('run_id=r-1/');
    expect(both.asked.at(-1)!.argv).toEqual(['tasks', 'states-for-dag-run', '--output=json', 'daily', 'r-1']);
    const one = await runMwaaWait(['failed'], [], states(tasks.slice(1)));
    expect(one.stderr).toContain('run_id=r-1/task_id=load/');
  });

  test('on 3.x and on 1.10, by their own commands', async () => {
    const newer = await runMwaaWithApi(['wait', 'daily', 'r-1'], scriptRun('3.0.6', ['success']));
    expect(newer).toMatchObject({ exitCode: 0 });
    expect(newer.asked[1]!.argv).toEqual(['dags', 'list-runs', '--output=json', 'daily']);
    const text = createSucceededResponse({ stdout: '3   | r-1                  | failed     | 2026 | 2026 |\n' });
    const older = await runMwaaWithApi(['wait', 'daily', 'r-1'], scriptRun('1.10.12', [text]));
    expect(older.asked[1]!.argv).toEqual(['list_dag_runs', 'daily']);
    expect(older).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--log-stream-name-prefix daily/') });
  });

  test('on 2.0 there is nothing to wait by', async () => {
    const { exitCode, stderr, asked } = await runMwaaWithApi(['wait', 'daily', 'r-1'], scriptRun('2.0.2', []));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('Airflow 2.0.2') });
    expect(asked).toHaveLength(1);
  });

  test.each<[what: string, answer: ScriptedResponse]>([
    ['no such run', createSucceededResponse({ output: [{ run_id: 'r-10', state: 'success' }] })],
    ['no run at all', createSucceededResponse({ stdout: 'No data found\n' })],
    ['no such DAG', createProblemResponse('command-failed', { stderr: "DAG: daily does not exist in 'dag' table\n" })],
  ])('%s: 66', async (_what, answer) => {
    const { exitCode, stderr } = await runMwaaWait([answer]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 66, stderr: expect.stringContaining('There is no run r-1') });
  });

  test.each<[what: string, answer: ScriptedResponse]>([
    ['busy', createProblemResponse('airflow-unreachable')],
    ['a timeout', createProblemResponse('airflow-timeout')],
    ['a lost answer', createProblemResponse('gateway-error', { retrySafe: false })],
    [
      'a database that fails',
      createProblemResponse('command-failed', { stderr: 'OperationalError: too many connections\n' }),
    ],
    [
      'an answer that cannot be read',
      createResponse({ outcome: 'unverified', evidence: 'nothing', output: null, stdout: '' }),
    ],
    ['something else on the way', { status: 502, body: { message: 'Bad gateway' } }],
    ['a lost connection', { ...createResponse({}), disconnects: true }],
  ])('%s is waited out', async (_what, answer) => {
    const { exitCode, stderr, asked } = await runMwaaWait(['queued', answer, 'success']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('will look again') });
    expect(asked).toHaveLength(4);
  });

  test.each<[code: Parameters<typeof createProblemResponse>[0], exitCode: number]>([
    ['not-granted', 77],
    ['not-signed', 77],
    ['answer-too-large', 69],
    ['token-not-permitted', 69],
  ])('%s ends it: %i, and the run goes on', async (code, exitCode) => {
    const ended = await runMwaaWait(['queued', createProblemResponse(code)]);
    expect(ended).toMatchObject({ exitCode, stderr: expect.stringContaining(`mwaa wait: It is ${code}.`) });
    expect(ended.stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('the time is up: 124, what it was last, and how to go on', async () => {
    const { exitCode, stderr } = await runMwaaWait(['queued'], ['--timeout', '2s']);
    expect(exitCode).toBe(124);
    expect(stderr).toContain('r-1 of daily: not ended within 2s, at last queued.');
    expect(stderr).toContain('paused');
    expect(stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('Ctrl-C: 130, the run goes on, and how to go on waiting', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 300);
    const { exitCode, stderr } = await runMwaaWithApi(['wait', 'daily', 'r-1'], scriptRun('2.10.3', ['running']), {
      signal: stopping.signal,
    });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('The run goes on');
    expect(stderr).toContain('mwaa wait --environment prod -- daily r-1');
  });

  test('on a terminal one line, written anew, no longer than it is wide, and gone at the end', async () => {
    const { stdout, stderr } = await runMwaaWithApi(
      ['wait', '--interval', '1s', 'daily', 'r-1'],
      scriptRun('2.10.3', ['queued', 'running', 'success']),
      { columns: 18 },
    );
    expect(stderr.split('\r').map((line) => line.length)).toEqual([0, 17, 17, 17, 0]);
    expect(stderr).not.toContain('\n');
    expect(stdout).toContain('success');
  });

  test.each<[argv: string[], complaint: RegExp]>([
    [[], /Which run/],
    [['daily'], /Which run/],
    [['daily', 'r', 'x'], /Which run/],
    [['--timeout', 'soon', 'daily', 'r'], /--timeout soon.*30m/],
    [['--timeout', '0', 'daily', 'r'], /--timeout 0/],
    [['--interval', '-1', 'daily', 'r'], /--interval/],
    [['--timeout', '8000h', 'daily', 'r'], /--timeout 8000h/],
  ])('%j is bad usage', async (argv, complaint) => {
    const { exitCode, stderr, asked } = await runMwaaWithApi(['wait', ...argv]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(complaint) });
    expect(asked).toEqual([]);
  });
});
