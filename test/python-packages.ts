import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, digest } from '../local/airflow/cache.ts';
import { execute, installerEnvironment } from '../local/airflow/execute.ts';
import { withLock } from '../local/airflow/lock.ts';
import { findAnyPython } from '../local/airflow/python.ts';
import type { TOOLS } from '../local/airflow/releases.ts';
import { requirementsFile } from '../local/airflow/requirements.ts';
import { findUv, lastLine } from '../local/airflow/uv.ts';

/** The programs of a virtual environment, `python` among them; or why it cannot be had, as a sentence for a person. */
export type Packages = { readonly bin: string } | { readonly unavailable: string };

/** Python packages for a test, pinned and hashed: installed once with the Python 3 that is on the PATH, and kept. */
export async function pythonPackages(name: keyof typeof TOOLS): Promise<Packages> {
  const requirements = requirementsFile(name);
  const folder = join(cacheFolder(), `${name}-${digest(await readFile(requirements))}`);
  const packages = { bin: join(folder, 'bin') };
  if (await isInstalled(folder)) return packages;
  return withLock(`${folder}.lock`, async () => {
    const failed = (await isInstalled(folder)) ? undefined : await install(requirements, folder);
    return failed === undefined ? packages : { unavailable: failed };
  });
}

/** Written last, so that what was interrupted is made anew. */
const marker = (folder: string): string => join(folder, 'installed');

/** Complete, and its Python is still there. */
async function isInstalled(folder: string): Promise<boolean> {
  const asked = await execute(join(folder, 'bin', 'python'), ['-I', '-c', `open(${JSON.stringify(marker(folder))})`]);
  return asked.exitCode === 0;
}

async function install(requirements: string, folder: string): Promise<string | undefined> {
  const python = await findAnyPython();
  if (python === undefined) return 'there is no Python 3';
  const uv = await findUv(cacheFolder(), python, console.error);
  if (typeof uv !== 'string') return uv.unavailable;
  await rm(folder, { recursive: true, force: true });
  const environment = { ...installerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' };
  // In its place at once: the programs of a virtual environment know where they are.
  for (const steps of [
    ['venv', '--quiet', '--no-config', '--python', python, folder],
    ['pip', 'install', '--quiet', '--no-config', '--require-hashes', '--python', folder, '-r', requirements],
  ]) {
    const { exitCode, stderr } = await execute(uv, steps, { environment });
    if (exitCode !== 0) return lastLine(stderr);
  }
  await writeFile(marker(folder), '');
  return undefined;
}
