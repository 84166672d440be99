/**
 * `npm run catalog -- RELEASE`: writes `airflow/catalogs/RELEASE.json` from the parser of that release, installed here.
 * A release that has no pinned requirements yet gets them first. How to add a release: docs/releases.md.
 */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalog } from '../../airflow/catalog.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { getInstallableRelease, isReleaseBefore } from '../../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../../local/airflow/requirements-file.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { getListedCommands } from '../../local/mwaa/listed-commands.ts';
import { compileRequirements } from '../requirements/compile-requirements.ts';

const PRINT_CATALOG_SCRIPT = fileURLToPath(new URL('./print_catalog.py', import.meta.url));
const CATALOG_FOLDER = fileURLToPath(new URL('../../airflow/catalogs/', import.meta.url));

/**
 * The catalog of an installed release, with the commands marked that AWS lists for it. Executor and auth manager are
 * those of MWAA, since both bring commands.
 */
export async function makeCatalog(installed: InstalledAirflow): Promise<Catalog> {
  const home = await mkdtemp(join(tmpdir(), 'catalog-'));
  try {
    const { exitCode, stdout, stderr } = await runProcess(installed.python, [PRINT_CATALOG_SCRIPT], {
      cwd: home,
      environment: { AIRFLOW_HOME: home, LC_ALL: 'C.UTF-8', ...createMwaaSettings(installed.release) },
    });
    if (exitCode !== 0) throw new Error(`Airflow ${installed.release} gave no catalog:\n${stderr}`);
    const { commands, ...made } = JSON.parse(stdout.slice(stdout.indexOf('{"airflow"'))) as Catalog;
    const listed = getListedCommands(installed.release);
    return {
      ...made,
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

/** The settings that decide which commands there are. Before 2.7 none do: the tree is the same under every executor. */
export function createMwaaSettings(release: string): Record<string, string> {
  const celery = {
    AIRFLOW__CORE__EXECUTOR: 'CeleryExecutor',
    _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  };
  const fab = { AIRFLOW__CORE__AUTH_MANAGER: 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager' };
  return { ...(isReleaseBefore(release, '2.7') ? {} : celery), ...(isReleaseBefore(release, '3.0') ? {} : fab) };
}

/** A catalog as text, one command a line, so that a new release reads well beside the one before. */
export function formatCatalog({ commands, ...head }: Catalog): string {
  const lines = commands.map((command) => `    ${JSON.stringify(command)}`);
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  return `{\n${fields.join('')}  "commands": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

if (import.meta.main) {
  const [release] = process.argv.slice(2);
  if (release === undefined) {
    console.error('Usage: npm run catalog -- RELEASE');
    process.exit(2);
  }
  getInstallableRelease(release);
  getListedCommands(release);
  const pinned = await access(getRequirementsFile(release)).then(
    () => true,
    () => false,
  );
  if (!pinned) console.error(`Airflow ${release}: ${await compileRequirements(release)} packages pinned`);
  const installed = await installAirflow(release, { onProgress: (line) => console.error(line) });
  if ('unavailable' in installed) {
    console.error(installed.unavailable);
    process.exit(1);
  }
  const catalog = await makeCatalog(installed);
  await writeFile(join(CATALOG_FOLDER, `${release}.json`), formatCatalog(catalog));
  console.log(`airflow/catalogs/${release}.json: ${catalog.commands.length} commands`);
}
