import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createShortDigest, getCacheFolder } from './cache.ts';
import { findAnyPython, findPython } from './find-python.ts';
import { findUv, getLastLine } from './find-uv.ts';
import { getInstallableRelease, type InstallableRelease } from './installable-releases.ts';
import { getRequirementsFile } from './requirements-file.ts';
import { runProcess } from './run-process.ts';
import { withLock } from './with-lock.ts';

/** An installed Airflow. All paths are absolute. */
export interface InstalledAirflow {
  readonly release: string;
  /** Folder of the virtual environment. Files that are derived from this installation may be stored in it. */
  readonly venv: string;
  readonly python: string;
  /** The `airflow` entry point, a Python script. */
  readonly airflow: string;
}

/** Why Airflow could not be installed, for people. */
export interface UnavailableAirflow {
  readonly unavailable: string;
}

/**
 * Installs an Airflow release from its pinned, hashed requirements into a virtual environment in the cache, or finds it there, which takes
 * only a few file lookups. An interruption or an abort leaves no incomplete installation, because the folder is renamed when it is complete. If two
 * processes install the same release, one waits for the other. If Python or packages are missing, returns the reason. Throws only for a
 * release that `installable-releases.ts` does not list.
 */
export async function installAirflow(
  name: string,
  options: { onProgress?: (line: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<InstalledAirflow | UnavailableAirflow> {
  const { signal } = options;
  const release = getInstallableRelease(name);
  const requirements = await readFile(getRequirementsFile(name));
  const cache = getCacheFolder();
  const installed = describeInstallation(
    name,
    join(cache, `${name}-${createShortDigest(requirements, release.python)}`),
  );
  const onProgress = (line: string) => options.onProgress?.(`Airflow ${name}: ${line}`);

  if (await isUsable(installed)) return installed;
  return withLock(
    `${installed.venv}.lock`,
    async () =>
      (await isUsable(installed)) ? installed : installIntoCache(installed, release, cache, onProgress, signal),
    () => onProgress('waiting for another process that is installing it …'),
    signal,
  );
}

/** Whether a release is installed, or a Python for it is on this machine. Does not look for packages. */
export async function isLikelyInstallable(name: string): Promise<boolean> {
  const release = getInstallableRelease(name);
  const requirements = await readFile(getRequirementsFile(name));
  const venv = join(getCacheFolder(), `${name}-${createShortDigest(requirements, release.python)}`);
  return (await isUsable(describeInstallation(name, venv))) || (await findPython(release.python)) !== undefined;
}

async function installIntoCache(
  target: InstalledAirflow,
  release: InstallableRelease,
  cache: string,
  onProgress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<InstalledAirflow | UnavailableAirflow> {
  await mkdir(cache, { recursive: true });
  await rm(target.venv, { recursive: true, force: true });
  await removeLeftovers(target.venv);

  const pythonWithoutUv = await findPython(release.python);
  const uv = await findUv(cache, pythonWithoutUv ?? (await findAnyPython()), onProgress, signal);
  signal?.throwIfAborted();
  if (typeof uv !== 'string') return uv;
  const python = pythonWithoutUv ?? (await findPython(release.python, uv));
  onProgress(
    python ? `found Python ${release.python}` : `Python ${release.python} is not installed, downloading it with uv …`,
  );

  // Installed under a unique name and then renamed. --relocatable keeps the scripts working after the rename.
  const temporary = describeInstallation(target.release, `${target.venv}.tmp-${randomUUID()}`);
  try {
    const venv = await runProcess(
      uv,
      ['venv', '--quiet', '--relocatable', '--no-project', '--python', python ?? release.python, temporary.venv],
      { signal },
    );
    signal?.throwIfAborted();
    if (venv.exitCode !== 0) {
      return {
        unavailable: `Python ${release.python} is not installed and could not be downloaded: ${getLastLine(venv.stderr)}`,
      };
    }
    onProgress('installing packages (once; about 300 MB, seconds to minutes depending on the connection) …');
    const packages = await runProcess(
      uv,
      [
        // --no-deps: the requirements are complete, and installers cannot read the metadata of 1.10.12.
        'pip',
        'install',
        '--python',
        temporary.python,
        '--require-hashes',
        '--no-deps',
        '--no-config',
        '--requirement',
        getRequirementsFile(target.release),
        '--build-constraints',
        getRequirementsFile('build'),
      ],
      { signal, onLine: (line) => /^(Downloading|Building|Prepared|Installed) /.test(line) && onProgress(line) },
    );
    signal?.throwIfAborted();
    if (packages.exitCode !== 0) {
      return {
        unavailable: `The packages of Airflow ${target.release} could not be installed: ${getLastLine(packages.stderr)}`,
      };
    }
    await writeFile(join(temporary.venv, INSTALLED_MARKER), `${target.release}\n`);
    await rename(temporary.venv, target.venv).catch(async (error) => {
      if (!(await isUsable(target))) throw error;
    });
    return target;
  } finally {
    await removeLeftovers(target.venv);
  }
}

const INSTALLED_MARKER = 'installed-by-mwaa-cli-proxy';

function describeInstallation(release: string, venv: string): InstalledAirflow {
  return { release, venv, python: join(venv, 'bin', 'python'), airflow: join(venv, 'bin', 'airflow') };
}

/** Whether an installation is complete and its Python still exists: a system upgrade can remove the Python of a virtual environment. */
async function isUsable({ venv, python }: InstalledAirflow): Promise<boolean> {
  try {
    await access(join(venv, INSTALLED_MARKER));
    await access(python);
    return true;
  } catch {
    return false;
  }
}

/** Removes the temporary folders of this or an interrupted installation. The caller must hold the lock. */
async function removeLeftovers(venv: string): Promise<void> {
  const folder = dirname(venv);
  const leftovers = (await readdir(folder)).filter((name) => name.startsWith(`${basename(venv)}.tmp-`));
  for (const name of leftovers) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}
