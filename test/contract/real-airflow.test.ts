/** What the contract says about runs, in the database of a real Airflow. It takes minutes: set EVERY_RELEASE=1. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { runCrowd } from './contract-stack.ts';
import { type DoorStep, openDoor } from './door.ts';
import { CLIENTS, createProcessEnvironment, getCommand, startDriver } from './drivers.ts';

const packages = process.env.EVERY_RELEASE ? await installPythonPackages('python-checks') : { unavailable: '' };

describe.skipIf('unavailable' in packages)('runs in the database of Airflow 2.10.3', () => {
  const folder = mkdtempSync(join(tmpdir(), 'contract-real-'));
  const python = 'bin' in packages ? join(packages.bin, 'python') : '';
  let stack: LocalStack;
  beforeAll(async () => {
    const configFile = join(folder, 'config.yaml');
    writeFileSync(
      configFile,
      createConfigText({
        environments: { two: 'airflow: 2.10.3, concurrency: 2' },
        grants: ['who: "arn:aws:iam::111122223333:role/team", where: two, may: ["@read", "dags trigger * --*"]'],
      }),
    );
    stack = await startLocalStack({ configFile, onProgress: console.error });
  });
  afterAll(async () => {
    await stack?.close();
    rmSync(folder, { recursive: true });
  });

  const createCaller = () => stack.createCaller('team', 'contract');

  function listRunIds(): string[] {
    const database = new DatabaseSync(stack.environments[0]!.home!.database, { readOnly: true, timeout: 30_000 });
    try {
      return database
        .prepare('SELECT run_id FROM dag_run')
        .all()
        .map(({ run_id }) => String(run_id));
    } finally {
      database.close();
    }
  }

  test.each(CLIENTS)('%s: a trigger with a key through five lost answers is one run', async (client) => {
    const before = listRunIds().length;
    const steps: DoorStep[] = ['lose answer', 'cut answer', 'lose answer', 'lose answer', 'lose answer'];
    const door = await openDoor(new URL(stack.url), steps);
    const driver = startDriver(getCommand(client, python), createProcessEnvironment());
    const url = `http://127.0.0.1:${door.port}${new URL(stack.url).pathname}`;
    const call = () =>
      driver.call({
        name: 'run',
        client: { url, environment: 'two', region: stack.region, credentials: createCaller() },
        arguments: { argv: ['dags', 'trigger', 'daily_report'], idempotencyKey: `five-${client.replace(' ', '-')}` },
      });
    const answers = [await call(), await call()];
    await Promise.all([driver.close(), door.close()]);

    expect(answers[0]).toMatchObject({ error: { kind: 'no response', outcomeUnknown: true } });
    expect(answers[1]).toMatchObject({ value: { outcome: 'succeeded', replayed: true } });
    expect(door.requests.length).toBe(6);
    const after = listRunIds();
    expect(after.length - before).toBe(1);
    expect(after).toContain((answers[1] as { value: { runId: string } }).value.runId);
  });

  test.each(['Python', 'Python async'] as const)('%s: 20 callers at once on two slots make 20 runs', async (client) => {
    const before = new Set(listRunIds());
    const answers = await runCrowd({ stack, createCaller }, getCommand(client, python), 20, { dagId: 'daily_report' });
    const runIds = answers.map((answer) => ('value' in answer ? (answer.value as { runId: string }).runId : answer));
    expect(
      listRunIds()
        .filter((runId) => !before.has(runId))
        .sort(),
    ).toEqual([...runIds].sort());
    expect(stack.mwaa.getMaxConcurrent('two')).toBeLessThanOrEqual(2);
  });
});
