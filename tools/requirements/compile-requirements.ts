/**
 * Writes `requirements/*.txt`: every package pinned, with the hashes of its files, resolved as of a cut-off day. Those of
 * a release come from its row in `releases.ts`, those of the tools (`build`, `uv`) from the `.in` files beside them.
 *
 *     node tools/requirements/compile-requirements.ts            all of them
 *     node tools/requirements/compile-requirements.ts 2.10.3     one
 *
 * Run it when a row or an `.in` file changes, and commit what it writes. It needs the package index, and one that states
 * when a file was published (PyPI does).
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

/** Writes the requirements of a release or a tool. Returns how many packages they name; throws with uv's own words. */
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

/** With the hashes of all files: tools run where the releases may not. */
async function compileTool(uv: string, name: keyof typeof PINNED_TOOLS): Promise<CompiledRequirements> {
  const asked = await readFile(getRequirementsFile(name).replace(/txt$/, 'in'), 'utf8');
  return {
    cutoff: PINNED_TOOLS[name].cutoff,
    text: await runUvCompile(uv, asked, PINNED_TOOLS[name], ['--generate-hashes']),
  };
}

async function compileRelease(uv: string, name: string): Promise<CompiledRequirements> {
  const release = getInstallableRelease(name);
  const { cutoff, extras, additionalRequirements = [], dependenciesOf } = release;
  const asked = [`apache-airflow[${extras}]==${dependenciesOf ?? name}`, ...additionalRequirements].join('\n');
  if (dependenciesOf === undefined) return { cutoff, text: await compileInstallable(uv, asked, release) };
  const itself = await compileInstallable(uv, `apache-airflow==${name}`, release, ['--no-deps']);
  return {
    cutoff,
    text: itself + (await compileInstallable(uv, asked, release, ['--no-emit-package', 'apache-airflow'])),
  };
}

async function compileInstallable(
  uv: string,
  asked: string,
  release: InstallableRelease,
  options: readonly string[] = [],
): Promise<string> {
  const lock = await runUvCompile(uv, asked, release, [...options, '--format', 'pylock.toml']);
  const requirements = await runUvCompile(uv, asked, release, [...options, '--generate-hashes']);
  return keepInstallableHashes(requirements, lock, release.python);
}

/** One resolution for every platform, as uv prints it. */
async function runUvCompile(
  uv: string,
  asked: string,
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
    // Python downloads: the interpreter only resolves here, whichever there is will do.
    { environment: { ...createInstallerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' }, input: asked },
  );
  if (exitCode !== 0) throw new Error(`${asked}: ${stderr}`);
  return stdout;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : [...Object.keys(INSTALLABLE_RELEASES), ...Object.keys(PINNED_TOOLS)]) {
    console.log(`${name}: ${await compileRequirements(name)} packages`);
  }
}
