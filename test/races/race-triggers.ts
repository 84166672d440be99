/**
 * Races triggers with one idempotency key and one logical date on a real Airflow with PostgreSQL, which MWAA uses. Every loser must be
 * answered with the winner's run. Prints each kind of exception of the losers once.
 *
 *     DATABASE=postgresql+psycopg2://airflow@127.0.0.1:5432/airflow PYTHONPATH=FOLDER node test/races/race-triggers.ts RELEASE [COUNT]
 *
 * The database must be empty or already belong to this release. FOLDER contains `psycopg2`, and `asyncpg` for Airflow 3.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findUncaughtException } from '../../airflow/find-traceback.ts';
import { stripAnsi } from '../../airflow/streams.ts';
import { generateErrorLines } from '../../airflow/strip-exit-noise.ts';
import type { AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { isReleaseBefore } from '../../local/airflow/installable-releases.ts';
import { createPlainRunner } from '../../local/airflow/plain-runner.ts';
import { createPreforkRunner } from '../../local/airflow/prefork-runner.ts';
import { createKeyedAirflow } from '../local/keyed-airflow.ts';

const [release = '2.10.3', count = '20'] = process.argv.slice(2);
const { DATABASE = '', PYTHONPATH = '' } = process.env;
const installed = await installAirflow(release, { onProgress: console.error });
if ('unavailable' in installed) throw new Error(installed.unavailable);
const folder = await mkdtemp(join(tmpdir(), 'race-'));
const home = await createAirflowHome(installed, folder, { onProgress: console.error });
const environment = {
  ...home.environment,
  PYTHONPATH,
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: DATABASE,
  AIRFLOW__CORE__SQL_ALCHEMY_CONN: DATABASE,
};
if (isReleaseBefore(release, '2.3')) delete (environment as Record<string, string>).AIRFLOW__DATABASE__SQL_ALCHEMY_CONN;
else delete (environment as Record<string, string>).AIRFLOW__CORE__SQL_ALCHEMY_CONN;

const setup = createPlainRunner(installed, { ...home, environment });
const run = async (command: string) => {
  const { exitCode, stdout, stderr } = await setup.run(command);
  assert.equal(exitCode, 0, `${command}: ${stdout}${stderr}`);
};
await run(isReleaseBefore(release, '2.4') ? 'db init' : isReleaseBefore(release, '2.7') ? 'db upgrade' : 'db migrate');
if (!isReleaseBefore(release, '2.4')) await run('dags reserialize');
await setup.close();

const runner: AirflowRunner = createPreforkRunner(installed, { ...home, environment });
const exceptions = new Set<string>();
const recording = {
  async run(text: string) {
    const result = await runner.run(text);
    const exception = findUncaughtException([...generateErrorLines(stripAnsi(result.stderr.toString()))].join('\n'));
    if (exception)
      exceptions.add(exception.line.replace(/\d{4}-\d\d-\d\d[ T][\d:.]+/g, 'DATE').replace(/key-\w+/g, 'key-…'));
    return result;
  },
};
const second = Math.floor(Math.random() * 86_400_000) * 1000;
const date = new Date(Date.UTC(2026, 1, 1) + second).toISOString().slice(0, 19);
const dateOption = isReleaseBefore(release, '3') ? '--exec-date' : '--logical-date';
try {
  for (const options of [`${dateOption} ${date}`, '']) {
    const airflow = createKeyedAirflow(release, recording);
    const key = randomUUID();
    const results = await Promise.all(
      Array.from({ length: Number(count) }, () => airflow.send(`dags trigger daily_report ${options}`, key)),
    );
    const tally = Map.groupBy(results, ({ outcome, replayed, type }) =>
      type ? String(type) : `${outcome}, replayed: ${replayed}`,
    );
    const counts = Object.fromEntries([...tally].map(([name, { length }]) => [name, length]));
    console.log(release, options || 'no date', counts);
    const dag = isReleaseBefore(release, '3') ? '--dag-id daily_report' : 'daily_report';
    const { stdout } = await runner.run(`dags list-runs ${dag} --output json`);
    const runs = stdout.toString().split(String(results[0]?.runId)).length - 1;
    assert.deepEqual(counts, { 'succeeded, replayed: false': 1, 'succeeded, replayed: true': Number(count) - 1 });
    assert.equal(runs, 1);
  }
  for (const exception of exceptions) console.log(JSON.stringify(exception));
} finally {
  await runner.close();
  await rm(folder, { recursive: true, force: true });
}
