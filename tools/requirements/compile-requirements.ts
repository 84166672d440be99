/**
 * Writes `local/airflow/requirements/*.txt`: all packages pinned, with the hashes of their files, resolved as of a cutoff day. The
 * requirements of a release come from its row in `installable-releases.ts`, those of tools such as `uv` from `.in` files.
 *
 *     node tools/requirements/compile-requirements.ts            all
 *     node tools/requirements/compile-requirements.ts 2.10.3     one release or tool
 *
 * Run it when a row or an `.in` file changes, and commit the result. It needs a package index that states when a file was published, such
 * as PyPI. The text of a `.txt` file identifies the installed Airflow in the cache: every change makes each machine install it again.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { findAnyPython } from '../../local/airflow/find-python.ts';
import { findUv } from '../../local/airflow/find-uv.ts';
import {
  getInstallableRelease,
  INSTALLABLE_RELEASES,
  type InstallableRelease,
  PINNED_TOOLS,
} from '../../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../../local/airflow/requirements-file.ts';
import { createInstallerEnvironment, runProcess } from '../../local/airflow/run-process.ts';
import { keepInstallableHashes } from './keep-installable.ts';

/** Writes the requirements of a release or a tool and returns the number of packages. Throws an error with uv's output. */
export async function compileRequirements(name: string): Promise<number> {
  const uv = await findUv(getCacheFolder(), await findAnyPython(), console.error);
  if (typeof uv !== 'string') throw new Error(uv.unavailable);
  const { cutoff, text } = isPinnedTool(name) ? await compileTool(uv, name) : await compileRelease(uv, name);
  const from = isPinnedTool(name) ? ` from ${name}.in` : '';
  const header = `# Written by tools/requirements/compile-requirements.ts${from}, as of ${cutoff}. Not edited by hand.\n`;
  await writeFile(getRequirementsFile(name), header + text);
  return text.match(/^\S+==/gm)?.length ?? 0;
}

interface CompiledRequirements {
  readonly cutoff: string;
  readonly text: string;
}

function isPinnedTool(name: string): name is keyof typeof PINNED_TOOLS {
  return Object.hasOwn(PINNED_TOOLS, name);
}

/** Keeps the hashes of all files, because tools run on more platforms than the releases. */
async function compileTool(uv: string, name: keyof typeof PINNED_TOOLS): Promise<CompiledRequirements> {
  const requirements = await readFile(getRequirementsFile(name).replace(/txt$/, 'in'), 'utf8');
  return {
    cutoff: PINNED_TOOLS[name].cutoff,
    text: await runUvCompile(uv, requirements, PINNED_TOOLS[name], ['--generate-hashes']),
  };
}

async function compileRelease(uv: string, name: string): Promise<CompiledRequirements> {
  const release = getInstallableRelease(name);
  const { cutoff, extras, additionalRequirements = [], dependenciesOf } = release;
  const requirements = [`apache-airflow[${extras}]==${dependenciesOf ?? name}`, ...additionalRequirements].join('\n');
  if (dependenciesOf === undefined) return { cutoff, text: await compileInstallable(uv, requirements, release) };
  const airflow = await compileInstallable(uv, `apache-airflow==${name}`, release, ['--no-deps']);
  const dependencies = await compileInstallable(uv, requirements, release, ['--no-emit-package', 'apache-airflow']);
  return { cutoff, text: airflow + dependencies };
}

async function compileInstallable(
  uv: string,
  requirements: string,
  release: InstallableRelease,
  options: readonly string[] = [],
): Promise<string> {
  const lock = await runUvCompile(uv, requirements, release, [...options, '--format', 'pylock.toml']);
  const pinned = await runUvCompile(uv, requirements, release, [...options, '--generate-hashes']);
  return keepInstallableHashes(pinned, lock, release.python);
}

/** Resolves requirements for all platforms and returns uv's output. */
async function runUvCompile(
  uv: string,
  requirements: string,
  { python, cutoff }: { python: string; cutoff: string },
  options: readonly string[],
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(
    uv,
    [
      'pip',
      'compile',
      '--quiet',
      '--universal',
      '--python-version',
      python,
      '--exclude-newer',
      cutoff,
      '--no-annotate',
      '--no-header',
      '--no-emit-index-url',
      '--no-config',
      ...options,
      '-',
    ],
    // Resolving works with any Python, so uv need not download one.
    { environment: { ...createInstallerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' }, input: requirements },
  );
  if (exitCode !== 0) throw new Error(`uv cannot resolve ${requirements}: ${stderr}`);
  return stdout;
}

if (import.meta.main) {
  const known = [...Object.keys(INSTALLABLE_RELEASES), ...Object.keys(PINNED_TOOLS)];
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no release or tool ${unknown.join(', ')}. Use one of: ${known.join(', ')}.`);
    process.exit(2);
  }
  for (const name of names.length > 0 ? names : known) {
    console.log(`${name}: ${await compileRequirements(name)} packages`);
  }
}
