import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createShortDigest, getCacheFolder } from '../local/airflow/cache.ts';
import { findAnyPython } from '../local/airflow/find-python.ts';
import { findUv, getLastLine } from '../local/airflow/find-uv.ts';
import type { PINNED_TOOLS } from '../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../local/airflow/requirements-file.ts';
import { createInstallerEnvironment, runProcess } from '../local/airflow/run-process.ts';
import { withLock } from '../local/airflow/with-lock.ts';

/** The programs of a virtual environment, `python` among them; or why it cannot be had, as a sentence for a person. */
export type PythonPackages = { readonly bin: string } | { readonly unavailable: string };

/** Python packages for a test, pinned and hashed: installed once with the Python 3 that is on the PATH, and kept. */
export async function installPythonPackages(name: keyof typeof PINNED_TOOLS): Promise<PythonPackages> {
  const requirements = getRequirementsFile(name);
  const folder = join(getCacheFolder(), `${name}-${createShortDigest(await readFile(requirements))}`);
  const packages = { bin: join(folder, 'bin') };
  if (await isInstalled(folder)) return packages;
  return withLock(`${folder}.lock`, async () => {
    const failed = (await isInstalled(folder)) ? undefined : await install(requirements, folder);
    return failed === undefined ? packages : { unavailable: failed };
  });
}

/** Written last, so that what was interrupted is made anew. */
const INSTALLED_MARKER = (folder: string): string => join(folder, 'installed');

/** Complete, and its Python is still there. */
async function isInstalled(folder: string): Promise<boolean> {
  const asked = await runProcess(join(folder, 'bin', 'python'), [
    '-I',
    '-c',
    `open(${JSON.stringify(INSTALLED_MARKER(folder))})`,
  ]);
  return asked.exitCode === 0;
}

async function install(requirements: string, folder: string): Promise<string | undefined> {
  const python = await findAnyPython();
  if (python === undefined) return 'there is no Python 3';
  const uv = await findUv(getCacheFolder(), python, console.error);
  if (typeof uv !== 'string') return uv.unavailable;
  await rm(folder, { recursive: true, force: true });
  const environment = { ...createInstallerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' };
  // In its place at once: the programs of a virtual environment know where they are.
  for (const steps of [
    ['venv', '--quiet', '--no-config', '--python', python, folder],
    ['pip', 'install', '--quiet', '--no-config', '--require-hashes', '--python', folder, '-r', requirements],
  ]) {
    const { exitCode, stderr } = await runProcess(uv, steps, { environment });
    if (exitCode !== 0) return getLastLine(stderr);
  }
  await writeFile(INSTALLED_MARKER(folder), '');
  return undefined;
}
