/** airflowctl, as it is on PyPI, through the proxy: what it prints and how it exits, compared with the same web server without the proxy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { AIRFLOWCTL_COMMANDS, IMPORT_FILES } from './airflowctl-commands.ts';
import { type Difference, listDifferences } from './airflowctl-differences.ts';
import { normalizeOutput, startWebServerOf } from './rest-clients.ts';
import { grantEverything, type RestAddress, type RestDoor, startRestDoor } from './rest-door.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const airflowctl = await installPythonPackages('airflowctl');
if ('unavailable' in airflowctl) console.error(`SKIPPED: airflowctl: ${airflowctl.unavailable}`);

const NARROW = ['dags trigger reporting_* --conf=* --run-id=* --logical-date=*', 'dags pause reporting_*'];

/** Runs on every change: one command for each kind of grant and answer. */
const MAIN_COMMANDS: readonly (readonly string[])[] = [
  ['dags', 'list'],
  ['dags', 'trigger', 'reporting_daily'],
  ['dags', 'pause', 'reporting_daily'],
  ['variables', 'create', '--key=greeting', '--value=hello'],
  ['variables', 'get', 'greeting'],
];

const REFUSED: readonly (readonly [argv: readonly string[], reason: string])[] = [
  [['dags', 'trigger', 'finance_daily'], 'dag_id must match reporting_*'],
  [['dags', 'unpause', 'reporting_daily'], 'dags unpause reporting_daily'],
  [['variables', 'list'], '"api GET /variables" with these arguments is not granted on prod'],
];

for (const release of selectReleases(['3.3.1', '3.0.6'], (name) => name === '3.3.1')) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: airflowctl with Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed || 'unavailable' in airflowctl)(
    `airflowctl and Airflow ${release}`,
    () => {
      let door: RestDoor;
      let folder: string;

      beforeAll(async () => {
        if ('unavailable' in installed) return;
        folder = await mkdtemp(join(tmpdir(), 'airflowctl-'));
        door = await startRestDoor(release, installed, { grants: { all: grantEverything(release), narrow: NARROW } });
        await startWebServerOf(door, release);
      });
      afterAll(async () => {
        await door?.close();
        if (folder !== undefined) await rm(folder, { recursive: true });
      });

      const createRun = async (address: RestAddress) => {
        const home = await mkdtemp(join(folder, 'home-'));
        await writeFile(join(home, 'production.json'), JSON.stringify({ api_url: address.url }));
        for (const [name, text] of Object.entries(IMPORT_FILES)) await writeFile(join(home, name), text);
        const environment = {
          PATH: process.env.PATH,
          HOME: home,
          AIRFLOW_HOME: home,
          AIRFLOW_CLI_TOKEN: address.token,
          NO_COLOR: '1',
          COLUMNS: '10000',
        };
        const program = join('bin' in airflowctl ? airflowctl.bin : '', 'airflowctl');
        return async (argv: readonly string[]) => {
          const { exitCode, stdout, stderr } = await runProcess(program, [...argv], { cwd: home, environment });
          return { exitCode, text: normalizeOutput(stdout + stderr, address) };
        };
      };

      test('works with a grant of everything', async () => {
        const run = await createRun(await door.connect('all'));
        // Airflow 3.0 answers without members that airflowctl 0.1.5 requires: see the table of differences.
        for (const argv of release === '3.0.6' ? [['dags', 'list']] : MAIN_COMMANDS) {
          const { exitCode, text } = await run(argv);
          expect({ exitCode, text }, argv.join(' ')).toMatchObject({ exitCode: 0 });
        }
        await run(['variables', 'delete', 'greeting']);
        await run(['dags', 'unpause', 'reporting_daily']);
      });

      test.skipIf(release === '3.0.6')(
        'gets the same run for a repeat, and not the run of another caller',
        async () => {
          const trigger = ['dags', 'trigger', 'reporting_daily', '--logical-date=2026-09-01T00:00:00+00:00'];
          const run = await createRun(await door.connect('all'));
          const first = await run(trigger);
          expect(first).toMatchObject({ exitCode: 0, text: expect.stringContaining('"dag_run_id": "RUN"') });
          expect(await run(trigger)).toEqual(first);
          const runAsOther = await createRun(await door.connect('narrow'));
          expect(await runAsOther(trigger)).toMatchObject({
            exitCode: 1,
            text: expect.stringContaining('Unique constraint violation'),
          });
        },
      );

      test('says why the proxy refuses a request, and prints no traceback', async () => {
        const run = await createRun(await door.connect('narrow'));
        for (const [argv, reason] of REFUSED) {
          const { exitCode, text } = await run(argv);
          expect(exitCode, argv.join(' ')).toBe(1);
          expect(text).toContain(reason);
          expect(text).not.toContain('Traceback');
        }
      });

      test.runIf(RUNS_ALL)('prints and exits like without the proxy, but for the listed differences', async () => {
        const runDirectly = await createRun(await door.connectDirectly());
        const runThrough = await createRun(await door.connect('all'));
        const found: Record<string, Difference> = {};
        for (const argv of AIRFLOWCTL_COMMANDS) {
          const [direct, through] = await Promise.all([runDirectly(argv), runThrough(argv)]);
          if (direct.exitCode !== through.exitCode)
            found[argv.join(' ')] = through.exitCode === 0 ? 'only through the proxy' : 'only directly';
          else if (direct.text !== through.text) found[argv.join(' ')] = 'other text';
        }
        const count = AIRFLOWCTL_COMMANDS.length - Object.keys(found).length;
        console.log(`airflowctl, Airflow ${release}: ${count} of ${AIRFLOWCTL_COMMANDS.length} commands are the same`);
        expect(found).toEqual(listDifferences(release));
      });

      test.runIf(RUNS_ALL)('says why for every command that is not granted', async () => {
        const run = await createRun(await door.connect('narrow'));
        for (const argv of AIRFLOWCTL_COMMANDS) {
          const { exitCode, text } = await run(argv);
          const name = argv.join(' ');
          // This command sends no token: API Gateway refuses it.
          if (name === 'version --remote') expect(text, name).toContain('not-authenticated');
          else if (exitCode !== 0)
            expect(text, name).toMatch(/ is not granted on prod|has no such operation|validation errors? for DAG/);
        }
      });
    },
  );
}
