import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import type { AirflowResult, AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { selectReleases } from './select-releases.ts';

// Each command runs once in a new process and once in a fork. The two have separate databases.
const ROWS: readonly (readonly [string, number])[] = [
  ['version', 0],
  ['dags list --output=json', 0],
  ['dags list-import-errors --output=json', 1],
  [`dags trigger --conf='{"note": "it\\u0027s Zürich"}' --run-id=one --output=json daily_report`, 0],
  ['dags pause --output=json daily_report', 0],
  ['dags nonsense', 2],
  ['tasks test daily_report publish 2026-01-01', 0],
  [`dags trigger 'unbalanced`, 1],
  [`variables set key "it's two  words"`, 0],
  ['dags delete daily_report', 1],
];

/** Commands that take no other way through the fork than one of the rows. */
const MORE_ROWS: typeof ROWS = [
  ['info', 0],
  ['dags trigger no_such_dag', 1],
  ['variables get missing', 1],
  ['roles list', 0],
];

const ROWS_BEFORE_2: typeof ROWS = [
  ['version', 0],
  ['list_dags', 0],
  [`variables -s key "it's two  words"`, 0],
  ['nonsense', 2],
];

for (const release of selectReleases(['1.10.12', '2.10.3', '3.0.6'], (name) => name === '2.10.3')) {
  const isOld = release.startsWith('1.');
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: prefork on Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed || process.platform !== 'linux')(
    `a forked command of Airflow ${release}`,
    () => {
      let folder: string;
      let homes: AirflowHome[];
      let runners: AirflowRunner[];

      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'prefork-'));
        const real = installed as InstalledAirflow;
        // The names have the same length, because Airflow pads its tables to the longest path.
        homes = [
          await createAirflowHome(real, join(folder, 'one')),
          await createAirflowHome(real, join(folder, 'two')),
        ];
        runners = homes.map((home, n) => createAirflowRunner(real, home, { mode: n === 0 ? 'plain' : 'prefork' }));
      });

      afterAll(async () => {
        await Promise.all(runners.map((runner) => runner.close()));
        await rm(folder, { recursive: true, force: true });
      });

      test.each(isOld ? ROWS_BEFORE_2 : selectReleases([...ROWS, ...MORE_ROWS], (row) => ROWS.includes(row)))(
        'prints the same and has the same exit code as in a new process: %s',
        async (command, exitCode) => {
          const [plain, prefork] = await Promise.all(
            runners.map(async (runner, n) => toComparable(await runner.run(command), homes[n] as AirflowHome)),
          );

          expect(prefork).toEqual(plain);
          expect(prefork?.exitCode).toBe(exitCode);
        },
      );

      test.skipIf(isOld)('is killed when it is aborted, and the next command runs', async () => {
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 300);

        const finished = await (runners[1] as AirflowRunner).run('dags test daily_report 2026-02-02', abort.signal);

        expect(finished.exitCode).toBeNull();
        await expect((runners[1] as AirflowRunner).run('version')).resolves.toMatchObject({ exitCode: 0 });
      });

      test('is rejected after the runner is closed', async () => {
        const another = createAirflowRunner(installed as InstalledAirflow, homes[1] as AirflowHome, {
          mode: 'prefork',
        });
        await another.close();

        await expect(another.run('version')).rejects.toThrow('closed');
      });
    },
  );
}

/** Replaces what differs between two processes: the home folder, times, UUIDs, process ids and temporary names. */
function toComparable(
  { exitCode, stdout, stderr }: AirflowResult,
  home: AirflowHome,
): { exitCode: unknown; stdout: string; stderr: string } {
  const normalize = (bytes: Buffer) =>
    bytes
      .toString()
      .replaceAll(home.folder, '<home>')
      .replace(/\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d:?\d\d([.,]\d+)?([+-]\d\d:?\d\d|Z)?/g, '<time>')
      .replace(/<time>,\d+/g, '<time>')
      .replace(/datetime\.datetime\([^)]*\)/g, '<time>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
      .replace(/\b(pid=|airflowtmp)\w+/g, '<$1>');
  return { exitCode, stdout: normalize(stdout), stderr: normalize(stderr) };
}
