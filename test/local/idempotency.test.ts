import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';

const VPC = 'vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0eee5555 }';

/** 1.10 cuts the microseconds off and lists no runs as JSON; 2.10 does not tell what it found; 3 has no date of its own. */
describe.each([
  { release: '1.10.12', trigger: 'trigger_dag daily_report', date: '--exec_date' },
  { release: '2.10.3', trigger: 'dags trigger daily_report', date: '--exec-date' },
  { release: '3.3.1', trigger: 'dags trigger daily_report', date: '--logical-date' },
])('triggers on Airflow $release', ({ release, trigger, date }) => {
  let folder: string;
  let stack: LocalStack;
  let jo: Principal;
  let kim: Principal;
  let replayed: string | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'idempotency-'));
    const configFile = join(folder, 'config.yaml');
    const may = release.startsWith('1.') ? '"trigger_dag * --*"' : '"dags trigger * --*"';
    await writeFile(
      configFile,
      `region: ap-southeast-2
account: "111122223333"
environments:
  prod: { airflow: ${release}, ${VPC}, concurrency: 4 }
grants:
  - { who: "arn:aws:iam::111122223333:role/team-*", where: prod, may: [${may}] }
`,
    );
    stack = await startLocalStack({ configFile, onProgress: console.error });
    [jo, kim] = [stack.createCaller('team-jo', 'a'), stack.createCaller('team-kim', 'a')];
    replayed = stack.environments[0]?.replayReason;
    if (replayed)
      console.error(`SKIPPED: idempotent triggers on Airflow ${release}, for there is no real one: ${replayed}`);
  });
  afterAll(async () => {
    await stack?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function post(command: string, key?: string, caller = jo) {
    const address = new URL(`${stack.url}/environments/prod/cli`);
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const response = await signedFetch(address, JSON.stringify({ command }), caller, stack.region, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  function runs(): string[] {
    const database = new DatabaseSync(stack.environments[0]!.home!.database, { readOnly: true, timeout: 30_000 });
    try {
      return database
        .prepare('SELECT run_id FROM dag_run')
        .all()
        .map((row) => String(row.run_id));
    } finally {
      database.close();
    }
  }
  const made = (runId: unknown) => runs().filter((run) => run === runId).length;

  test('the same key is one run, however often it is sent, and the repeats say so', async ({ skip }) => {
    if (replayed) return skip(replayed);
    const first = await post(trigger, 'a');
    expect(first).toMatchObject({ status: 200, body: { outcome: 'succeeded', replayed: false } });
    const { runId } = first.body;
    expect(made(runId)).toBe(1);
    const again = await post(trigger, 'a');
    expect(again).toMatchObject({ status: 200, body: { outcome: 'succeeded', replayed: true, runId } });
    if (!release.startsWith('1.')) expect(again.body.output).toMatchObject([{ dag_id: 'daily_report', run_id: runId }]);
    expect(made(runId)).toBe(1);

    const others = [await post(trigger, 'a', kim), await post(trigger, 'b'), await post(`${trigger} --conf {}`, 'a')];
    for (const other of others) {
      const { status, body } = other.status === 409 ? await post(trigger, 'never') : other;
      expect(body.runId).not.toBe(runId);
      expect([200, 409]).toContain(status);
    }
  });

  test('four at once with one key are one run', async ({ skip }) => {
    if (replayed) return skip(replayed);
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(trigger, 'at-once')));
    const runId = answers.map(({ body }) => body.runId).find((one) => one !== undefined);
    for (const { status, body } of answers) {
      expect([200, 409, 422, 424]).toContain(status);
      if (status !== 200) expect(body.retrySafe).toBe(true);
    }
    // On 1.10 all of them may have met a run of the same second.
    while ((await post(trigger, 'at-once')).status !== 200);
    expect((await post(trigger, 'at-once')).body).toMatchObject({ runId, replayed: true });
    expect(made(runId)).toBe(1);
  });

  test('two without a key within a second are two runs, or the second says that it made none', async ({ skip }) => {
    if (replayed) return skip(replayed);
    const before = runs().length;
    const answers = await Promise.all([post(trigger), post(trigger)]);
    const good = answers.filter(({ status }) => status === 200);
    expect(runs()).toHaveLength(before + good.length);
    for (const { status, body } of answers) {
      if (status !== 200) expect({ status, body }).toMatchObject({ status: 409, body: { retrySafe: true } });
      expect(made(body.runId)).toBe(status === 200 ? 1 : 0);
    }
    if (!release.startsWith('1.')) expect(good).toHaveLength(2);
  });

  test('a logical date that another run has is no replay', async ({ skip }) => {
    if (replayed) return skip(replayed);
    const dated = `${trigger} ${date} 2026-03-04T05:06:07`;
    expect(await post(dated, 'dated')).toMatchObject({ status: 200, body: { replayed: false } });
    const other = await post(dated, 'dated-too');
    expect(other).toMatchObject({
      status: 409,
      body: { type: 'urn:mwaa-cli-proxy:problem:logical-date-collision', retrySafe: true },
    });
    expect(made(other.body.runId)).toBe(0);
    expect(await post(dated, 'dated')).toMatchObject({ status: 200, body: { replayed: true } });
  });

  test('a run id of the proxy is not for callers', async ({ skip }) => {
    if (replayed) return skip(replayed);
    const { body } = await post(trigger, 'mine');
    const option = release.startsWith('1.') ? '--run_id' : '--run-id';
    expect(await post(`${trigger} ${option} ${body.runId}`, undefined, kim)).toMatchObject({ status: 400 });
    expect(await post(`${trigger} ${option} own`, 'mine', kim)).toMatchObject({ status: 400 });
  });
});
