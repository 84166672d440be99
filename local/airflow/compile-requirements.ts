/**
 * Writes `requirements/*.txt`: every package pinned, with the hashes of its files, resolved as of a cut-off day. Those of
 * a release come from its row in `releases.ts`, those of the tools (`build`, `uv`) from the `.in` files beside them.
 *
 *     node local/airflow/compile-requirements.ts            all of them
 *     node local/airflow/compile-requirements.ts 2.10.3     one
 *
 * Run it when a row or an `.in` file changes, and commit what it writes. It needs the package index, and one that states
 * when a file was published (PyPI does).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cacheFolder } from './cache.ts';
import { execute, installerEnvironment } from './execute.ts';
import { keepInstallable } from './installable-files.ts';
import { findAnyPython } from './python.ts';
import { RELEASES, type Release, releaseNamed, TOOLS } from './releases.ts';
import { requirementsFile } from './requirements.ts';
import { findUv } from './uv.ts';

/** Writes the requirements of a release or a tool. Returns how many packages they name; throws with uv's own words. */
export async function compileRequirements(name: string): Promise<number> {
  const uv = await findUv(cacheFolder(), await findAnyPython(), console.error);
  if (typeof uv !== 'string') throw new Error(uv.unavailable);
  const { cutoff, text } = isTool(name) ? await ofTool(uv, name) : await ofRelease(uv, name);
  const from = isTool(name) ? ` from ${name}.in` : '';
  const header = `# Written by local/airflow/compile-requirements.ts${from}, as of ${cutoff}. Not edited by hand.\n`;
  await writeFile(requirementsFile(name), header + text);
  return text.match(/^\S+==/gm)?.length ?? 0;
}

interface Compiled {
  readonly cutoff: string;
  readonly text: string;
}

function isTool(name: string): name is keyof typeof TOOLS {
  return Object.hasOwn(TOOLS, name);
}

/** With the hashes of all files: tools run where the releases may not. */
async function ofTool(uv: string, name: keyof typeof TOOLS): Promise<Compiled> {
  const asked = await readFile(requirementsFile(name).replace(/txt$/, 'in'), 'utf8');
  return { cutoff: TOOLS[name].cutoff, text: await resolve(uv, asked, TOOLS[name], ['--generate-hashes']) };
}

async function ofRelease(uv: string, name: string): Promise<Compiled> {
  const release = releaseNamed(name);
  const { cutoff, extras, besides = [], dependenciesOf } = release;
  const asked = [`apache-airflow[${extras}]==${dependenciesOf ?? name}`, ...besides].join('\n');
  if (dependenciesOf === undefined) return { cutoff, text: await pinned(uv, asked, release) };
  const itself = await pinned(uv, `apache-airflow==${name}`, release, ['--no-deps']);
  return { cutoff, text: itself + (await pinned(uv, asked, release, ['--no-emit-package', 'apache-airflow'])) };
}

async function pinned(uv: string, asked: string, release: Release, options: readonly string[] = []): Promise<string> {
  const lock = await resolve(uv, asked, release, [...options, '--format', 'pylock.toml']);
  const requirements = await resolve(uv, asked, release, [...options, '--generate-hashes']);
  return keepInstallable(requirements, lock, release.python);
}

/** One resolution for every platform, as uv prints it. */
async function resolve(
  uv: string,
  asked: string,
  { python, cutoff }: { python: string; cutoff: string },
  options: readonly string[],
): Promise<string> {
  const { exitCode, stdout, stderr } = await execute(
    uv,
    [
      ...['pip', 'compile', '--quiet', '--universal', '--python-version', python, '--exclude-newer', cutoff],
      ...['--no-annotate', '--no-header', '--no-emit-index-url', '--no-config', ...options, '-'],
    ],
    // Python downloads: the interpreter only resolves here, whichever there is will do.
    { environment: { ...installerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' }, input: asked },
  );
  if (exitCode !== 0) throw new Error(`${asked}: ${stderr}`);
  return stdout;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : [...Object.keys(RELEASES), ...Object.keys(TOOLS)]) {
    console.log(`${name}: ${await compileRequirements(name)} packages`);
  }
}
