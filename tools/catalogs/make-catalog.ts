/**
 * `npm run catalog -- RELEASE`: installs a release and writes `airflow/catalogs/RELEASE.json` from its parser. Compiles the pinned
 * requirements of the release first if they are missing. How to add a release: docs/releases.md.
 */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalog } from '../../airflow/catalog.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { INSTALLABLE_RELEASES, isReleaseBefore } from '../../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../../local/airflow/requirements-file.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { getListedCommands } from '../../local/mwaa/listed-commands.ts';
import { compileRequirements } from '../requirements/compile-requirements.ts';
import { writeReleaseHistory } from './make-release-history.ts';

const PRINT_CATALOG_SCRIPT = fileURLToPath(new URL('./print_catalog.py', import.meta.url));
const CATALOG_FOLDER = fileURLToPath(new URL('../../airflow/catalogs/', import.meta.url));

/**
 * Returns the catalog of an installed release, in which the commands that AWS lists are marked. Uses MWAA's executor and auth manager,
 * because both add commands.
 */
export async function makeCatalog(installed: InstalledAirflow): Promise<Catalog> {
  const home = await mkdtemp(join(tmpdir(), 'catalog-'));
  try {
    const { exitCode, stdout, stderr } = await runProcess(installed.python, [PRINT_CATALOG_SCRIPT], {
      cwd: home,
      environment: { AIRFLOW_HOME: home, LC_ALL: 'C.UTF-8', ...createMwaaSettings(installed.release) },
    });
    if (exitCode !== 0) throw new Error(`Airflow ${installed.release} printed no catalog:\n${stderr}`);
    const { commands, ...head } = JSON.parse(stdout.slice(stdout.indexOf('{"airflow"'))) as Catalog;
    const listed = getListedCommands(installed.release);
    return {
      ...head,
      commands: commands.map(({ path, help, ...command }) => ({
        path,
        ...(help === undefined ? {} : { help }),
        ...(listed.has(path.join(' ')) ? { listed: true } : {}),
        ...command,
      })),
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** The settings on which the set of commands depends. Before 2.7 there are none: the commands are the same for every executor. */
export function createMwaaSettings(release: string): Record<string, string> {
  const celery = {
    AIRFLOW__CORE__EXECUTOR: 'CeleryExecutor',
    _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  };
  const fab = { AIRFLOW__CORE__AUTH_MANAGER: 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager' };
  return { ...(isReleaseBefore(release, '2.7') ? {} : celery), ...(isReleaseBefore(release, '3.0') ? {} : fab) };
}

/** Formats a catalog with one command per line, so that a diff between two releases is readable. */
export function formatCatalog({ commands, ...head }: Catalog): string {
  const lines = commands.map((command) => `    ${JSON.stringify(command)}`);
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  return `{\n${fields.join('')}  "commands": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

const USAGE = `Usage: npm run catalog -- RELEASE

Writes airflow/catalogs/RELEASE.json from the parser of that Airflow release.
RELEASE is one of: ${Object.keys(INSTALLABLE_RELEASES).join(', ')}.`;

if (import.meta.main) {
  const [release] = process.argv.slice(2);
  if (release === '--help') {
    console.log(USAGE);
    process.exit(0);
  }
  if (release === undefined) {
    console.error(USAGE);
    process.exit(2);
  }
  if (!Object.hasOwn(INSTALLABLE_RELEASES, release)) {
    console.error(`Airflow ${release} has no row in local/airflow/installable-releases.ts.\n\n${USAGE}`);
    process.exit(2);
  }
  getListedCommands(release);
  const hasRequirements = await access(getRequirementsFile(release)).then(
    () => true,
    () => false,
  );
  if (!hasRequirements) console.error(`Airflow ${release}: pinned ${await compileRequirements(release)} packages`);
  const installed = await installAirflow(release, { onProgress: (line) => console.error(line) });
  if ('unavailable' in installed) {
    console.error(installed.unavailable);
    process.exit(1);
  }
  const catalog = await makeCatalog(installed);
  await writeFile(join(CATALOG_FOLDER, `${release}.json`), formatCatalog(catalog));
  await writeReleaseHistory();
  console.log(`airflow/catalogs/${release}.json: ${catalog.commands.length} commands`);
}
