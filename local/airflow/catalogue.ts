/**
 * `npm run catalogue -- RELEASE`: writes `airflow/catalogues/RELEASE.json` from the parser of that release, installed here.
 * A release that has no pinned requirements yet gets them first. How to add a release: docs/releases.md.
 */
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { listedCommands } from '../mwaa/listed-commands.ts';
import { compileRequirements } from './compile-requirements.ts';
import { execute } from './execute.ts';
import { type Installed, installAirflow } from './install.ts';
import { isBefore, releaseNamed } from './releases.ts';
import { requirementsFile } from './requirements.ts';

const SCRIPT = fileURLToPath(new URL('./catalogue.py', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../airflow/catalogues/', import.meta.url));

/**
 * The catalogue of an installed release, with the commands marked that AWS lists for it. Executor and auth manager are
 * those of MWAA, since both bring commands.
 */
export async function makeCatalogue(installed: Installed): Promise<Catalogue> {
  const home = await mkdtemp(join(tmpdir(), 'catalogue-'));
  try {
    const { exitCode, stdout, stderr } = await execute(installed.python, [SCRIPT], {
      cwd: home,
      environment: { AIRFLOW_HOME: home, LC_ALL: 'C.UTF-8', ...asOnMwaa(installed.release) },
    });
    if (exitCode !== 0) throw new Error(`Airflow ${installed.release} gave no catalogue:\n${stderr}`);
    const { commands, ...made } = JSON.parse(stdout.slice(stdout.indexOf('{"airflow"'))) as Catalogue;
    const listed = listedCommands(installed.release);
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
export function asOnMwaa(release: string): Record<string, string> {
  const celery = {
    AIRFLOW__CORE__EXECUTOR: 'CeleryExecutor',
    _AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK: '1',
  };
  const fab = { AIRFLOW__CORE__AUTH_MANAGER: 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager' };
  return { ...(isBefore(release, '2.7') ? {} : celery), ...(isBefore(release, '3.0') ? {} : fab) };
}

/** A catalogue as text, one command a line, so that a new release reads well beside the one before. */
export function catalogueText({ commands, ...head }: Catalogue): string {
  const lines = commands.map((command) => `    ${JSON.stringify(command)}`);
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  return `{\n${fields.join('')}  "commands": [\n${lines.join(',\n')}\n  ]\n}\n`;
}

if (import.meta.main) {
  const [release] = process.argv.slice(2);
  if (release === undefined) {
    console.error('Usage: npm run catalogue -- RELEASE');
    process.exit(2);
  }
  releaseNamed(release);
  listedCommands(release);
  const pinned = await access(requirementsFile(release)).then(
    () => true,
    () => false,
  );
  if (!pinned) console.error(`Airflow ${release}: ${await compileRequirements(release)} packages pinned`);
  const installed = await installAirflow(release, { onProgress: (line) => console.error(line) });
  if ('unavailable' in installed) {
    console.error(installed.unavailable);
    process.exit(1);
  }
  const catalogue = await makeCatalogue(installed);
  await writeFile(join(FOLDER, `${release}.json`), catalogueText(catalogue));
  console.log(`airflow/catalogues/${release}.json: ${catalogue.commands.length} commands`);
}
