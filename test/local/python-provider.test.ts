/** The Airflow provider of the Python package, in Airflows without scheduler: its units, its types, and its metadata. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { installPythonChecks, PYTHON_FOLDER, unpackWheel } from './python-package.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const RELEASES = ['2.10.3', '2.11.2', '3.0.6', '3.3.1'];
const SHOWN_BY: readonly (readonly [string, string])[] = [
  ['list', 'mwaa-cli-proxy'],
  ['hooks', 'mwaa_cli_proxy.airflow.hook.MwaaCliProxyHook'],
  ['links', 'mwaa_cli_proxy.airflow.link.RemoteRunLink'],
  ['widgets', 'extra__mwaa_cli_proxy__environment'],
];
/** Its types are those that mypy checks. */
const TYPED_RELEASE = '3.0.6';

for (const release of selectReleases(RELEASES, (name) => name === '2.10.3')) {
  const installed = await installAirflow(release, { onProgress: console.error });
  const checks = await installPythonChecks();
  const unavailable = [installed, checks].flatMap((found) => ('unavailable' in found ? [found.unavailable] : []))[0];
  if (unavailable !== undefined) console.log(`SKIPPED: the provider in Airflow ${release}: ${unavailable}`);

  describe.skipIf(unavailable !== undefined)(`the provider in Airflow ${release}`, () => {
    const { python, airflow } = installed as InstalledAirflow;
    const { bin } = checks as { bin: string };
    let folder: string;
    let environment: Record<string, string>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'provider-'));
      environment = {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        AIRFLOW_HOME: folder,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${folder}/airflow.db`,
        AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
        // Otherwise 2.11 warns about its own metrics.
        AIRFLOW__METRICS__TIMER_UNIT_CONSISTENCY: 'True',
        PYTHONPATH: await unpackWheel(bin, folder),
        PYTHONDONTWRITEBYTECODE: '1',
      };
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    const run = async (program: string, words: readonly string[]) => {
      const { exitCode, stdout, stderr } = await runProcess(program, words, { cwd: PYTHON_FOLDER, environment });
      return { exitCode, text: `${stdout}${stderr}` };
    };

    test('passes its unit tests, and no warning is reported', async () => {
      // Behind Airflow's own packages, those of the tools are found.
      const script = `import sys; sys.path.append(${JSON.stringify(await findSitePackages(bin))}); import pytest; sys.exit(pytest.main(sys.argv[1:]))`;
      environment.PYTEST_DISABLE_PLUGIN_AUTOLOAD = '1';
      const { exitCode, text } = await run(python, ['-c', script, '-p', 'no:cacheprovider', 'tests/in_airflow']);

      expect(exitCode, text).toBe(0);
    });

    test.each(selectReleases(SHOWN_BY, ([command]) => command === 'list'))(
      'is shown by `airflow providers %s`',
      async (command, text) => {
        expect((await run(python, [airflow, 'providers', command, '--output', 'plain'])).text).toContain(text);
      },
    );

    test.runIf(RUNS_ALL && release === TYPED_RELEASE)('has strict types', async () => {
      const { exitCode, text } = await run(join(bin, 'mypy'), [
        ...[
          '--follow-imports',
          'silent',
          '--python-executable',
          python,
          '--cache-dir',
          join(folder, 'mypy'),
          '-p',
          'mwaa_cli_proxy.airflow',
        ],
      ]);

      expect(exitCode, text).toBe(0);
    });
  });
}

async function findSitePackages(bin: string): Promise<string> {
  const { stdout } = await runProcess(join(bin, 'python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
  return stdout.trim();
}
