/**
 * The operators of the Python package in real Airflows with scheduler and triggerer: how many runs the remote Airflow has after a retry, a
 * kill, a clear, a deferral. Minutes, so only with `EVERY_RELEASE=1`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
import { type Delivery, type LossyProxy, startLossyProxy } from './lossy-proxy.ts';
import { RUNS_ALL } from './select-releases.ts';

const FILES = fileURLToPath(new URL('python-airflow/', import.meta.url));
const TARGET = '2.10.3';
const RELEASES = process.env.CALLERS?.split(',') ?? ['2.10.3', '3.0.6'];
const PAGE = readFileSync(new URL('../../docs/python.md', import.meta.url), 'utf8');
/** Of each task in python-airflow/caller/rows.py. */
const RETRIES = 9;
/** The client sends a trigger with a key four times. */
const ALL_ATTEMPTS = ['lost', 'lost', 'lost', 'lost'] as const;

/** What becomes of the first answers to these commands. */
const DELIVERIES: Readonly<Record<string, readonly Delivery[]>> = {
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

/** What a release shows of a clear of a running task. */
type Clear = 'visible' | 'like a retry' | 'lost';
const clearOf = (release: string): Clear => {
  if (release.startsWith('2.')) return 'like a retry';
  return release.startsWith('3.0.') ? 'lost' : 'visible';
};
const WHEN_CLEARED_RUNNING: Readonly<Record<Clear, string>> = {
  visible: 'starts another run',
  'like a retry': 'finds the run, because Airflow does not tell it from a retry',
  lost: 'does not start again, because Airflow leaves it in the state `restarting`',
};

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
    for (const [words, deliveries] of Object.entries(DELIVERIES)) proxy.setDeliveries(words, deliveries);
    caller = await startCallerAirflow(installed as InstalledAirflow, {
      folder,
      dags: await createDagsFolder(join(folder, 'dags'), release),
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
  const readRunState = (dagId: string) => caller.query('SELECT state FROM dag_run WHERE dag_id = ?', dagId)[0]?.state;
  const readXcom = (dagId: string, key: string): unknown => {
    const [row] = caller.query('SELECT value FROM xcom WHERE dag_id = ? AND key = ?', dagId, key);
    return row === undefined ? undefined : JSON.parse(parseText(row.value));
  };
  const clear = (dagId: string) => caller.run(`tasks clear --yes ${dagId}`);
  const end = (dagId: string, minTry?: number) => caller.waitForTask(dagId, ['success', 'failed'], minTry);

  /** Airflow 3.0 fails a task whose process is killed, and does not try it again. */
  const RETRIES_KILLED_TASKS = !release.startsWith('3.0');

  const LOST_ANSWERS: readonly (readonly [string, string])[] = [
    ['lost', 'all answers of a try are lost'],
    ...(RETRIES_KILLED_TASKS ? [['killed', 'the task process is killed between trigger and answer'] as const] : []),
    ['worker_killed', 'the worker is killed between trigger and answer'],
    ['lost_trigger_command', 'all answers to the command `dags trigger` are lost'],
  ];

  test.each(LOST_ANSWERS)('%s: the retry finds the run, if %s', async (dagId) => {
    const { state, try_number, max_tries } = await end(dagId);

    expect({ state, max_tries, runs: countRuns(dagId) }).toEqual({ state: 'success', max_tries: RETRIES, runs: 1 });
    expect(try_number).toBeGreaterThan(1);
  });

  test.skipIf(RETRIES_KILLED_TASKS)('killed: Airflow does not try the task again', async () => {
    expect(await end('killed')).toMatchObject({ state: 'failed', try_number: 1 });
    expect(countRuns('killed')).toBe(1);
  });

  test('a deferred task finds the end of its run, also after a restart of the triggerer', async () => {
    await caller.waitForTask('deferred', ['deferred']);
    await caller.restartTriggerer();
    finishRuns('deferred', 'success');

    expect(await end('deferred')).toMatchObject({ state: 'success', max_tries: RETRIES });
    expect(countRuns('deferred')).toBe(1);
  });

  test.each([
    ['cleared', 'success', 'after it has ended'],
    ['cleared_deferred', 'deferred', 'while it is deferred'],
  ])('%s: another run is started, if a task is cleared %s', async (dagId, state) => {
    const first = await caller.waitForTask(dagId, [state]);
    await clear(dagId);
    await waitForRuns(dagId, 2);
    finishRuns(dagId, 'success');

    expect(await end(dagId, first.try_number + 1)).toMatchObject({
      state: 'success',
      max_tries: first.try_number + RETRIES,
    });
    expect(countRuns(dagId)).toBe(2);
  });

  test(`a running task that is cleared ${WHEN_CLEARED_RUNNING[clearOf(release)]}`, async () => {
    await waitForRuns('cleared_running', 1);
    const first = await caller.waitForTask('cleared_running', ['running']);
    await clear('cleared_running');
    if (clearOf(release) === 'lost') {
      await caller.waitForTask('cleared_running', ['restarting']);
      await sleep(5000);
      expect(countRuns('cleared_running')).toBe(1);
      return;
    }
    const runs = clearOf(release) === 'visible' ? 2 : 1;
    await caller.waitForTask('cleared_running', ['running'], first.try_number + 1);
    await waitForRuns('cleared_running', runs);
    finishRuns('cleared_running', 'success');

    const { state, max_tries } = await end('cleared_running');
    expect({ state, max_tries, runs: countRuns('cleared_running') }).toEqual({
      state: 'success',
      max_tries: runs === 2 ? first.try_number + RETRIES : RETRIES,
      runs,
    });
  });

  test('with new_run_on="never", a cleared task finds the run', async () => {
    const first = await caller.waitForTask('one_forever', ['success']);
    await clear('one_forever');

    expect(await end('one_forever', first.try_number + 1)).toMatchObject({ state: 'success' });
    expect(countRuns('one_forever')).toBe(1);
  });

  test('with new_run_on="retry", each try starts a run', async () => {
    const { state, try_number } = await end('each_try');

    expect(state).toBe('success');
    expect(countRuns('each_try')).toBe(try_number);
    expect(try_number).toBeGreaterThan(1);
  });

  test('a retry after a failed run starts another one', async () => {
    await waitForRuns('failed', 1);
    finishRuns('failed', 'failed');
    await waitForRuns('failed', 2);
    finishRuns('failed', 'success');

    expect(await end('failed')).toMatchObject({ state: 'success', max_tries: RETRIES });
    expect(countRuns('failed')).toBe(2);
  });

  test('with new_run_after_failure=False, it finds the failed run', async () => {
    await waitForRuns('failed_shared', 1);
    finishRuns('failed_shared', 'failed');

    expect(await end('failed_shared')).toMatchObject({ state: 'failed', try_number: 2 });
    expect(countRuns('failed_shared')).toBe(1);
  });

  test('a conf that differs between tries starts no second run, and is not tried again', async () => {
    const { state, try_number } = await end('changed_conf');

    expect(state).toBe('failed');
    expect(try_number).toBeLessThan(RETRIES);
    expect(countRuns('changed_conf')).toBe(1);
  });

  test('mapped tasks start one run each', async () => {
    await waitForRuns('mapped', 2);

    expect(await end('mapped')).toMatchObject({ state: 'success' });
    expect(countRuns('mapped')).toBe(2);
  });

  test('a command with an unknown outcome is not tried again', async () => {
    expect(await end('lost_command')).toMatchObject({ state: 'failed' });
    expect(proxy.commands.filter(({ argv }) => argv[0] === 'variables')).toHaveLength(1);
  });

  test('a command returns its JSON', async () => {
    expect(await end('command')).toMatchObject({ state: 'success' });
    expect(readXcom('command', 'return_value')).toEqual([]);
  });

  test('a sensor waits for a run that does not exist yet', async () => {
    await caller.waitForTask('sensed', ['deferred']);
    await stack.environments[0]!.runner.run('dags trigger sensed --run-id by_hand');
    finishRuns('sensed', 'success');

    expect(await end('sensed')).toMatchObject({ state: 'success' });
  });

  test('a task has a link to the console of its environment', async () => {
    expect(readXcom('deferred', '_link_RemoteRunLink')).toBe(
      `https://${stack.region}.console.aws.amazon.com/mwaa/home?region=${stack.region}#environments/target/sso`,
    );
  });

  test('the examples of docs/python.md run', async () => {
    const dagIds = ['nightly', 'own_task', 'after'];
    for (const dagId of dagIds.slice(1)) await caller.run(`dags trigger ${dagId}`);
    for (let waited = 0; waited < 240; waited += 1) {
      finishRuns('daily_report', 'success');
      const states = dagIds.map((dagId) => readRunState(dagId));
      if (states.every((state) => state === 'success' || state === 'failed')) break;
      await sleep(1000);
    }

    expect(dagIds.map((dagId) => [dagId, readRunState(dagId)])).toEqual(dagIds.map((dagId) => [dagId, 'success']));
    expect(countRuns('daily_report')).toBe(3);
  });

  test.runIf(release.startsWith('3.'))('`BashOperator` cannot run `airflow` on Airflow 3', async () => {
    await caller.run('dags trigger before');
    for (let waited = 0; waited < 120 && readRunState('before') !== 'failed'; waited += 1) await sleep(1000);

    expect(readRunState('before')).toBe('failed');
    const [message] =
      /sqlalchemy\.exc\.ArgumentError: [^"\n]*/.exec(readLogs(caller.logs, (dag) => dag === 'dag_id=before')) ?? [];
    expect(PAGE).toContain(message);
  });

  test('no task reports something deprecated', () => {
    const lines = readLogs(caller.logs, (dag) => dag !== 'dag_id=before').split('\n');
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.filter((line) => /Deprecat\w*Warning|RemovedIn\w+Warning|is deprecated/.test(line))).toEqual([]);
  });
});

/** The logs of the tasks of some DAGs. Each DAG has a folder of its own. */
function readLogs(folder: string, isSelected: (dag: string) => boolean): string {
  return readdirSync(folder)
    .filter((dag) => dag.startsWith('dag_id=') && isSelected(dag))
    .flatMap((dag) => readdirSync(join(folder, dag), { recursive: true, withFileTypes: true }))
    .flatMap((file) => (file.isFile() ? [readFileSync(join(file.parentPath, file.name), 'utf8')] : []))
    .join('\n');
}

/** Adds the examples of the page to the DAGs of the caller. */
async function createDagsFolder(folder: string, release: string): Promise<string> {
  await cp(join(FILES, 'caller'), folder, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  for (const [, name = '', text = ''] of PAGE.matchAll(/^```python (\S+)\n(.*?)^```$/gms)) {
    const isAirflow3 = release.startsWith('3.');
    if (name === 'before.py' && !isAirflow3) continue;
    // The comment in the example says what to import on Airflow 2.
    const adapted = isAirflow3 ? text : text.replace(/^from airflow\.sdk import .*# on Airflow 2: (.*)$/m, '$1');
    await writeFile(join(folder, name), adapted);
  }
  return folder;
}

/** Airflow 2 stores bytes, and Airflow 3 a JSON text that contains JSON. */
function parseText(value: unknown): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'string' && parsed.startsWith('"') ? parsed : text;
}

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
