/**
 * Writes `requirements/*.txt` from the `.in` files beside them: every package pinned, with the hashes of all its files,
 * resolved as of the release's cut-off day, for every platform.
 *
 *     node local/airflow/compile-requirements.ts            all of them
 *     node local/airflow/compile-requirements.ts 2.10.3     one
 *
 * Run it when a line of `releases.ts` or an `.in` file changes, and commit what it writes. It needs the package index,
 * and one that states when a file was published (PyPI does).
 */
import { readFile, writeFile } from 'node:fs/promises';
import { cacheFolder } from './cache.ts';
import { execute, installerEnvironment } from './execute.ts';
import { findAnyPython } from './python.ts';
import { RELEASES, TOOLS } from './releases.ts';
import { requirementsFile } from './requirements.ts';
import { findUv } from './uv.ts';

const all: Readonly<Record<string, { python: string; cutoff: string }>> = { ...RELEASES, build: TOOLS, uv: TOOLS };
const asked = process.argv.slice(2);
const uv = await findUv(cacheFolder(), await findAnyPython(), console.error);
if (typeof uv !== 'string') throw new Error(uv.unavailable);

for (const name of asked.length > 0 ? asked : Object.keys(all)) {
  const settings = all[name];
  if (!settings) throw new Error(`${name}: not one of ${Object.keys(all).join(', ')}`);
  const file = requirementsFile(name);
  const source = file.replace(/txt$/, 'in');
  const { exitCode, stdout, stderr } = await execute(
    uv,
    [
      ...['pip', 'compile', '--quiet', '--universal', '--python-version', settings.python],
      ...['--exclude-newer', settings.cutoff, '--generate-hashes'],
      ...['--no-annotate', '--no-header', '--no-emit-index-url', '--no-config', source],
    ],
    // Python downloads: the interpreter only resolves here, whichever there is will do.
    { environment: { ...installerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' } },
  );
  if (exitCode !== 0) throw new Error(`${name}: ${stderr}`);
  const header = `# Written by local/airflow/compile-requirements.ts from ${name}.in, as of ${settings.cutoff}. Not edited by hand.\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) !== header + stdout) await writeFile(file, header + stdout);
  console.log(`${name}: ${stdout.match(/^\S+==/gm)?.length ?? 0} packages`);
}
