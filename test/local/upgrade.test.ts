/**
 * Runs the commands of AWS's documentation on the newest release, as `mwaa explain --from 2.10.3 --to 3.3.1` spells them. About 40 s, so
 * only with `EVERY_RELEASE=1`.
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { judgeLine } from '../../client/mwaa/explain/judge-upgrade.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { createAirflowHome, getExampleDagsFolder } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { UPGRADE_LINES } from '../upgrade-lines.ts';

const RELEASES = { from: CATALOGS.read('2.10.3'), to: CATALOGS.read('3.3.1') };
const SCHEDULED_DAGS = `
import datetime
from airflow.sdk import DAG

start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
nightly = DAG(dag_id="nightly", schedule="@daily", start_date=start)
hourly = DAG(dag_id="hourly", schedule="@hourly", start_date=start)
`;

const runner = process.env.EVERY_RELEASE === '1' ? await startRunner() : undefined;
afterAll(() => runner?.close());

describe.skipIf(runner === undefined)('commands of Airflow 2.10.3 on a real Airflow 3.3.1', () => {
  for (const { line, exitCode = 0 } of UPGRADE_LINES) {
    const { result, commandLine = line } = judgeLine(RELEASES, line);
    if (result === 'gone') continue;
    test(`${line}: ${result}`, async () => {
      const ended = await runner!.run(commandLine);
      expect(ended, `${ended.stderr}`).toMatchObject({ exitCode });
    });
  }
});

async function startRunner() {
  const installed = await installAirflow(RELEASES.to.airflow, { onProgress: console.error });
  if ('unavailable' in installed) {
    console.log(`SKIPPED: ${installed.unavailable}`);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'upgrade-'));
  const dags = join(folder, 'dags');
  await cp(getExampleDagsFolder(installed.release), dags, { recursive: true });
  await writeFile(join(dags, 'scheduled.py'), SCHEDULED_DAGS);
  const home = await createAirflowHome(installed, join(folder, 'home'), { dags, onProgress: console.error });
  const created = createAirflowRunner(installed, home);
  return {
    run: created.run,
    async close() {
      await created.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
