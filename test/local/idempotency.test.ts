import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { selectReleases } from './select-releases.ts';

/**
 * These releases differ: 1.10 drops microseconds and cannot list runs as JSON, 2.10 does not name the run that exists, 3 sets no logical
 * date.
 */
const RELEASES = [
  { release: '1.10.12', trigger: 'trigger_dag daily_report', date: '--exec_date' },
  { release: '2.10.3', trigger: 'dags trigger daily_report', date: '--exec-date' },
  { release: '3.3.1', trigger: 'dags trigger daily_report', date: '--logical-date' },
];

describe.each(selectReleases(RELEASES, ({ release }) => release === '2.10.3'))(
  'triggers on Airflow $release',
  ({ release, trigger, date }) => {
    let folder: string;
    let stack: LocalStack;
    let jo: Principal;
    let kim: Principal;
    let replayReason: string | undefined;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'idempotency-'));
      const configFile = join(folder, 'config.yaml');
      const may = release.startsWith('1.') ? '"trigger_dag * --*"' : '"dags trigger * --*"';
      await writeFile(
        configFile,
        createConfigText({
          environments: { prod: `airflow: ${release}, concurrency: 4` },
          grants: [`who: "arn:aws:iam::111122223333:role/team-*", where: prod, may: [${may}]`],
        }),
      );
      stack = await startLocalStack({ configFile, onProgress: console.error });
      [jo, kim] = [stack.createCaller('team-jo', 'a'), stack.createCaller('team-kim', 'a')];
      replayReason = stack.environments[0]?.replayReason;
      if (replayReason)
        console.error(
          `SKIPPED: idempotent triggers on Airflow ${release}, because it is not available: ${replayReason}`,
        );
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

    function listRunIds(): string[] {
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
    const countRuns = (runId: unknown) => listRunIds().filter((run) => run === runId).length;

    test('triggers with the same key start one run, and the later responses have "replayed": true', async ({
      skip,
    }) => {
      if (replayReason) return skip(replayReason);
      const first = await post(trigger, 'a');
      expect(first).toMatchObject({ status: 200, body: { outcome: 'succeeded', replayed: false } });
      const { runId } = first.body;
      expect(countRuns(runId)).toBe(1);
      const again = await post(trigger, 'a');
      expect(again).toMatchObject({ status: 200, body: { outcome: 'succeeded', replayed: true, runId } });
      if (!release.startsWith('1.'))
        expect(again.body.output).toMatchObject([{ dag_id: 'daily_report', run_id: runId }]);
      expect(countRuns(runId)).toBe(1);

      expect((await post(`${trigger} --conf {}`, 'a')).body).toMatchObject({ replayed: true, runId });

      const others = [await post(trigger, 'a', kim), await post(trigger, 'b')];
      for (const other of others) {
        const { status, body } = other.status === 409 ? await post(trigger, 'never') : other;
        expect(body.runId).not.toBe(runId);
        expect([200, 409]).toContain(status);
      }
    });

    test('four concurrent triggers with the same key start one run', async ({ skip }) => {
      if (replayReason) return skip(replayReason);
      const responses = await Promise.all([1, 2, 3, 4].map(() => post(trigger, 'concurrent')));
      const runId = responses.map(({ body }) => body.runId).find((one) => one !== undefined);
      for (const { status, body } of responses) {
        expect([200, 409, 422, 424]).toContain(status);
        if (status !== 200) expect(body.retrySafe).toBe(true);
      }
      // On 1.10 all of them may have failed, because another run had the same second as its date.
      while ((await post(trigger, 'concurrent')).status !== 200);
      expect((await post(trigger, 'concurrent')).body).toMatchObject({ runId, replayed: true });
      expect(countRuns(runId)).toBe(1);
    });

    test('two triggers without a key in the same second start two runs, or the second is rejected without starting one', async ({
      skip,
    }) => {
      if (replayReason) return skip(replayReason);
      const before = listRunIds().length;
      const responses = await Promise.all([post(trigger), post(trigger)]);
      const succeeded = responses.filter(({ status }) => status === 200);
      expect(listRunIds()).toHaveLength(before + succeeded.length);
      for (const { status, body } of responses) {
        if (status !== 200) expect({ status, body }).toMatchObject({ status: 409, body: { retrySafe: true } });
        expect(countRuns(body.runId)).toBe(status === 200 ? 1 : 0);
      }
      if (!release.startsWith('1.')) expect(succeeded).toHaveLength(2);
    });

    test('a logical date that another run already has is a collision, not a replay', async ({ skip }) => {
      if (replayReason) return skip(replayReason);
      const dated = `${trigger} ${date} 2026-03-04T05:06:07`;
      expect(await post(dated, 'dated')).toMatchObject({ status: 200, body: { replayed: false } });
      const other = await post(dated, 'dated-too');
      expect(other).toMatchObject({
        status: 409,
        body: { type: 'urn:mwaa-cli-proxy:problem:logical-date-collision', retrySafe: true },
      });
      expect(countRuns(other.body.runId)).toBe(0);
      expect(await post(dated, 'dated')).toMatchObject({ status: 200, body: { replayed: true } });
    });

    test('a caller cannot choose a run id of the proxy, or combine --run-id with a key', async ({ skip }) => {
      if (replayReason) return skip(replayReason);
      const { body } = await post(trigger, 'mine');
      const option = release.startsWith('1.') ? '--run_id' : '--run-id';
      expect(await post(`${trigger} ${option} ${body.runId}`, undefined, kim)).toMatchObject({ status: 400 });
      expect(await post(`${trigger} ${option} own`, 'mine', kim)).toMatchObject({ status: 400 });
    });
  },
);
