import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createShortDigest, getCacheFolder } from './cache.ts';
import { findAnyPython, findPython } from './find-python.ts';
import { findUv, getLastLine } from './find-uv.ts';
import type { PINNED_TOOLS } from './installable-releases.ts';
import { getRequirementsFile } from './requirements-file.ts';
import { createInstallerEnvironment, runProcess } from './run-process.ts';
import { withLock } from './with-lock.ts';

/** The folder with the programs of a virtual environment, including `python`, or the reason why the packages are unavailable. */
export type PythonPackages = { readonly bin: string } | { readonly unavailable: string };

/**
 * Installs pinned and hashed Python packages for a test. Reuses an earlier installation.
 *
 * @param minor the minor version of Python, as in `3.10`. Default: the Python 3 on the PATH
 */
export async function installPythonPackages(name: keyof typeof PINNED_TOOLS, minor?: string): Promise<PythonPackages> {
  const requirements = getRequirementsFile(name);
  const digest = createShortDigest(await readFile(requirements));
  const folder = join(getCacheFolder(), [name, ...(minor === undefined ? [] : [minor]), digest].join('-'));
  const packages = { bin: join(folder, 'bin') };
  if (await isInstalled(folder)) return packages;
  return withLock(`${folder}.lock`, async () => {
    const failure = (await isInstalled(folder)) ? undefined : await install(requirements, folder, minor);
    return failure === undefined ? packages : { unavailable: failure };
  });
}

/** This file is written last. An installation without it was interrupted and is repeated. */
const getInstalledMarker = (folder: string): string => join(folder, 'installed');

/** Whether an installation is complete and its Python still works. */
async function isInstalled(folder: string): Promise<boolean> {
  const { exitCode } = await runProcess(join(folder, 'bin', 'python'), [
    '-I',
    '-c',
    `open(${JSON.stringify(getInstalledMarker(folder))})`,
  ]);
  return exitCode === 0;
}

/** Returns the reason if the installation fails. */
async function install(requirements: string, folder: string, minor?: string): Promise<string | undefined> {
  const python = minor === undefined ? await findAnyPython() : await findPython(minor);
  if (python === undefined) return `There is no Python ${minor ?? '3'} on the PATH.`;
  const uv = await findUv(getCacheFolder(), python, console.error);
  if (typeof uv !== 'string') return uv.unavailable;
  await rm(folder, { recursive: true, force: true });
  const environment = { ...createInstallerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' };
  // Installs to the final folder, because the programs of a virtual environment contain its path.
  for (const args of [
    ['venv', '--quiet', '--no-config', '--python', python, folder],
    ['pip', 'install', '--quiet', '--no-config', '--require-hashes', '--python', folder, '-r', requirements],
  ]) {
    const { exitCode, stderr } = await runProcess(uv, args, { environment });
    if (exitCode !== 0) return getLastLine(stderr);
  }
  await writeFile(getInstalledMarker(folder), '');
  return undefined;
}
