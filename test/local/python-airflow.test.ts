/**
 * The operators of the Python package in real Airflows with scheduler and triggerer: how many runs the remote Airflow has after a retry, a
 * kill, a clear, a deferral. Minutes, so only with `EVERY_RELEASE=1`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { type CallerAirflow, PYTHON_PACKAGE, startCallerAirflow } from './caller-airflow.ts';
import { type Fate, type LossyProxy, startLossyProxy } from './lossy-proxy.ts';
import { RUNS_ALL } from './select-releases.ts';

const FILES = fileURLToPath(new URL('python-airflow/', import.meta.url));
const TARGET = '2.10.3';
const RELEASES = process.env.CALLERS?.split(',') ?? ['2.10.3', '3.0.6'];
/** The client sends a trigger with a key four times. */
const ALL_ATTEMPTS = ['lost', 'lost', 'lost', 'lost'] as const;

/** What becomes of the first answers to these commands. */
const FATES: Readonly<Record<string, readonly Fate[]>> = {
  'dags trigger lost': ALL_ATTEMPTS,
  'dags trigger killed': ['process killed'],
  'dags trigger worker_killed': ['worker killed'],
  'dags trigger lost_trigger_command': ALL_ATTEMPTS,
  'dags trigger each_try': ALL_ATTEMPTS,
  'dags trigger changed_conf': ALL_ATTEMPTS,
  'variables set': ['lost'],
};

const CONFIG = createConfigText({
  environments: { target: `airflow: ${TARGET}, concurrency: 4` },
  grants: [
    'who: "arn:aws:iam::111122223333:role/caller", where: "*", may: ["@read", "dags trigger * --conf=* --exec-date=*", "variables set * *"]',
  ],
});

describe.skipIf(!RUNS_ALL).each(RELEASES)('tasks of Airflow %s', (release) => {
  let folder: string;
  let stack: LocalStack;
  let proxy: LossyProxy;
  let caller: CallerAirflow;
  let target: string;

  beforeAll(async () => {
    const installed = await installAirflow(release, { onProgress: console.error });
    if ('unavailable' in installed) throw new Error(installed.unavailable);
    folder = await mkdtemp(join(tmpdir(), 'caller-'));
    const configFile = join(folder, 'config.yaml');
    await writeFile(configFile, CONFIG);
    stack = await startLocalStack({ configFile, dags: join(FILES, 'target'), onProgress: console.error });
    target = stack.environments[0]!.home!.database;
    proxy = await startLossyProxy(stack.url);
    for (const [words, fates] of Object.entries(FATES)) proxy.setFates(words, fates);
    caller = await startCallerAirflow(installed as InstalledAirflow, {
      folder,
      dags: join(FILES, 'caller'),
      packages: join(PYTHON_PACKAGE, 'src'),
      variables: createConnection(proxy.url, stack),
    });
  });
  afterAll(async () => {
    await caller?.close();
    await proxy?.close();
    await stack?.close();
    if (!process.env.KEEP) await rm(folder, { recursive: true, force: true });
  });

  const useTarget = <Result>(use: (database: DatabaseSync) => Result): Result => {
    const database = new DatabaseSync(target, { timeout: 30_000 });
    try {
      return use(database);
    } finally {
      database.close();
    }
  };
  const countRuns = (dagId: string): number =>
    useTarget((database) =>
      Number(database.prepare('SELECT count(*) AS count FROM dag_run WHERE dag_id = ?').get(dagId)!.count),
    );
  /** What the scheduler of the target would do. */
  const finishRuns = (dagId: string, state: 'success' | 'failed') =>
    useTarget((database) => {
      database
        .prepare("UPDATE dag_run SET state = ? WHERE dag_id = ? AND state NOT IN ('success', 'failed')")
        .run(state, dagId);
    });
  const waitForRuns = async (dagId: string, count: number) => {
    for (let waited = 0; countRuns(dagId) < count; waited += 0.2) {
      if (waited > 120) throw new Error(`${dagId} has ${countRuns(dagId)} runs, not ${count}.`);
      await sleep(200);
    }
  };
  const clear = (dagId: string) => caller.run(`tasks clear --yes ${dagId}`);
  const end = (dagId: string, minTry?: number) => caller.waitForTask(dagId, ['success', 'failed'], minTry);

  /** Airflow 3.0 fails a task whose process is killed, and does not try it again. */
  const RETRIES_KILLED_TASKS = !release.startsWith('3.0');

  test.each([
    ['lost', 'all answers of a try are lost'],
    ...(RETRIES_KILLED_TASKS ? [['killed', 'the task process is killed between trigger and answer'] as const] : []),
    ['worker_killed', 'the worker is killed between trigger and answer'],
    ['lost_trigger_command', 'all answers to the command `dags trigger` are lost'],
  ])('%s: the retry finds the run, if %s', async (dagId) => {
    expect(await end(dagId)).toMatchObject({ state: 'success', try_number: 2, max_tries: 2 });
    expect(countRuns(dagId)).toBe(1);
  });

  test('a deferred task finds the end of its run, also after a restart of the triggerer', async () => {
    await caller.waitForTask('deferred', ['deferred']);
    await caller.restartTriggerer();
    finishRuns('deferred', 'success');

    expect(await end('deferred')).toMatchObject({ state: 'success', try_number: 1, max_tries: 2 });
    expect(countRuns('deferred')).toBe(1);
  });

  test('a task that is cleared starts another run', async () => {
    await caller.waitForTask('cleared', ['success']);
    await clear('cleared');

    expect(await end('cleared', 2)).toMatchObject({ state: 'success', try_number: 2, max_tries: 3 });
    expect(countRuns('cleared')).toBe(2);
  });

  test('a deferred task that is cleared starts another run', async () => {
    await caller.waitForTask('cleared_deferred', ['deferred']);
    await clear('cleared_deferred');
    await waitForRuns('cleared_deferred', 2);
    finishRuns('cleared_deferred', 'success');

    expect(await end('cleared_deferred', 2)).toMatchObject({ state: 'success', try_number: 2, max_tries: 3 });
    expect(countRuns('cleared_deferred')).toBe(2);
  });

  test('a running task that is cleared finds the run up to 3.1, because Airflow does not tell it from a retry', async () => {
    const isVisible = release >= '3.2';
    await caller.waitForTask('cleared_running', ['running']);
    await waitForRuns('cleared_running', 1);
    await clear('cleared_running');
    await caller.waitForTask('cleared_running', ['running'], 2);
    await waitForRuns('cleared_running', isVisible ? 2 : 1);
    finishRuns('cleared_running', 'success');

    expect(await end('cleared_running')).toMatchObject({
      state: 'success',
      try_number: 2,
      max_tries: isVisible ? 3 : 2,
    });
    expect(countRuns('cleared_running')).toBe(isVisible ? 2 : 1);
  });

  test('with new_run_on="never", a cleared task finds the run', async () => {
    await caller.waitForTask('one_forever', ['success']);
    await clear('one_forever');

    expect(await end('one_forever', 2)).toMatchObject({ state: 'success', max_tries: 3 });
    expect(countRuns('one_forever')).toBe(1);
  });

  test('with new_run_on="retry", each try starts a run', async () => {
    expect(await end('each_try')).toMatchObject({ state: 'success', try_number: 2, max_tries: 2 });
    expect(countRuns('each_try')).toBe(2);
  });

  test('a retry after a failed run starts another one', async () => {
    await waitForRuns('failed', 1);
    finishRuns('failed', 'failed');
    await waitForRuns('failed', 2);
    finishRuns('failed', 'success');

    expect(await end('failed')).toMatchObject({ state: 'success', try_number: 2, max_tries: 2 });
    expect(countRuns('failed')).toBe(2);
  });

  test('with new_run_after_failure=False, it finds the failed run', async () => {
    await waitForRuns('failed_shared', 1);
    finishRuns('failed_shared', 'failed');

    expect(await end('failed_shared')).toMatchObject({ state: 'failed', try_number: 3 });
    expect(countRuns('failed_shared')).toBe(1);
  });

  test('a conf that differs between tries starts no second run, and is not tried again', async () => {
    expect(await end('changed_conf')).toMatchObject({ state: 'failed', try_number: 2 });
    expect(countRuns('changed_conf')).toBe(1);
  });

  test('mapped tasks start one run each', async () => {
    await waitForRuns('mapped', 2);
    expect(await end('mapped')).toMatchObject({ state: 'success' });
    expect(countRuns('mapped')).toBe(2);
  });

  test('a command with an unknown outcome is not tried again', async () => {
    expect(await end('lost_command')).toMatchObject({ state: 'failed', try_number: 1 });
    expect(proxy.commands.filter(({ argv }) => argv[0] === 'variables')).toHaveLength(1);
  });

  test('a command returns its JSON', async () => {
    expect(await end('command')).toMatchObject({ state: 'success', try_number: 1 });
  });

  test('a sensor waits for a run that does not exist yet', async () => {
    await caller.waitForTask('sensed', ['deferred']);
    await stack.environments[0]!.runner.run('dags trigger sensed --run-id by_hand');
    finishRuns('sensed', 'success');

    expect(await end('sensed')).toMatchObject({ state: 'success', try_number: 1 });
  });
});

function createConnection(url: string, stack: LocalStack): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken = '' } = stack.createCaller('caller', 'airflow');
  return {
    AIRFLOW_CONN_MWAA_CLI_PROXY_DEFAULT: JSON.stringify({
      conn_type: 'mwaa_cli_proxy',
      host: url,
      extra: { environment: 'target', region: stack.region },
    }),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}
