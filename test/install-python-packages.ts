import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createShortDigest, getCacheFolder } from '../local/airflow/cache.ts';
import { findAnyPython } from '../local/airflow/find-python.ts';
import { findUv, getLastLine } from '../local/airflow/find-uv.ts';
import type { PINNED_TOOLS } from '../local/airflow/installable-releases.ts';
import { getRequirementsFile } from '../local/airflow/requirements-file.ts';
import { createInstallerEnvironment, runProcess } from '../local/airflow/run-process.ts';
import { withLock } from '../local/airflow/with-lock.ts';

/** The folder with the programs of a virtual environment, such as `python`, or the reason why it could not be created. */
export type PythonPackages = { readonly bin: string } | { readonly unavailable: string };

/** Installs pinned Python packages for a test, with the Python 3 on the PATH. The virtual environment is kept for later runs. */
export async function installPythonPackages(name: keyof typeof PINNED_TOOLS): Promise<PythonPackages> {
  const requirements = getRequirementsFile(name);
  const folder = join(getCacheFolder(), `${name}-${createShortDigest(await readFile(requirements))}`);
  const packages = { bin: join(folder, 'bin') };
  if (await isInstalled(folder)) return packages;
  return withLock(`${folder}.lock`, async () => {
    const failure = (await isInstalled(folder)) ? undefined : await install(requirements, folder);
    return failure === undefined ? packages : { unavailable: failure };
  });
}

/** This file is written last, so an interrupted installation is repeated. */
const getMarkerFile = (folder: string): string => join(folder, 'installed');

/** Whether the installation is complete, and its Python still runs. */
async function isInstalled(folder: string): Promise<boolean> {
  const result = await runProcess(join(folder, 'bin', 'python'), [
    '-I',
    '-c',
    `open(${JSON.stringify(getMarkerFile(folder))})`,
  ]);
  return result.exitCode === 0;
}

async function install(requirements: string, folder: string): Promise<string | undefined> {
  const python = await findAnyPython();
  if (python === undefined) return 'There is no Python 3 on the PATH.';
  const uv = await findUv(getCacheFolder(), python, console.error);
  if (typeof uv !== 'string') return uv.unavailable;
  await rm(folder, { recursive: true, force: true });
  const environment = { ...createInstallerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' };
  // Created at its final path, because the programs of a virtual environment contain this path.
  for (const steps of [
    ['venv', '--quiet', '--no-config', '--python', python, folder],
    ['pip', 'install', '--quiet', '--no-config', '--require-hashes', '--python', folder, '-r', requirements],
  ]) {
    const { exitCode, stderr } = await runProcess(uv, steps, { environment });
    if (exitCode !== 0) return getLastLine(stderr);
  }
  await writeFile(getMarkerFile(folder), '');
  return undefined;
}
