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

/** An Airflow that is installed. All paths are absolute. */
export interface InstalledAirflow {
  readonly release: string;
  /** The virtual environment's folder. What is derived from this installation may be kept beside its contents. */
  readonly venv: string;
  readonly python: string;
  /** The `airflow` entry point, a Python script. */
  readonly airflow: string;
}

/** Why there is no Airflow here, as a sentence for a person. */
export interface UnavailableAirflow {
  readonly unavailable: string;
}

/**
 * Installs an Airflow release from its pinned, hashed requirements into a virtual environment in the cache, or finds it
 * there: the second call costs a few file look-ups. Safe against interruption (made under another name, then renamed)
 * and against two starts at once (the second waits). What is missing, Python or the packages, is returned as a reason;
 * throws only for a release that `releases.ts` does not list.
 */
export async function installAirflow(
  name: string,
  options: { onProgress?: (line: string) => void } = {},
): Promise<InstalledAirflow | UnavailableAirflow> {
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
    async () => ((await isUsable(installed)) ? installed : installIntoCache(installed, release, cache, onProgress)),
    () => onProgress('another start is installing it, waiting …'),
  );
}

async function installIntoCache(
  target: InstalledAirflow,
  release: InstallableRelease,
  cache: string,
  onProgress: (line: string) => void,
): Promise<InstalledAirflow | UnavailableAirflow> {
  await mkdir(cache, { recursive: true });
  await rm(target.venv, { recursive: true, force: true });
  await removeLeftovers(target.venv);

  const onThePath = await findPython(release.python);
  const uv = await findUv(cache, onThePath ?? (await findAnyPython()), onProgress);
  if (typeof uv !== 'string') return uv;
  const python = onThePath ?? (await findPython(release.python, uv));
  onProgress(
    python ? `Python ${release.python} found` : `no Python ${release.python} here, asking uv to download one …`,
  );

  // Built under a name nobody else uses. --relocatable keeps the scripts right after the rename.
  const made = describeInstallation(target.release, `${target.venv}.tmp-${randomUUID()}`);
  try {
    const venv = await runProcess(uv, [
      'venv',
      '--quiet',
      '--relocatable',
      '--no-project',
      '--python',
      python ?? release.python,
      made.venv,
    ]);
    if (venv.exitCode !== 0) {
      return {
        unavailable: `there is no Python ${release.python} and none could be downloaded: ${getLastLine(venv.stderr)}`,
      };
    }
    onProgress('installing its packages (once; about 300 MB, seconds to minutes by the speed of the line) …');
    const packages = await runProcess(
      uv,
      [
        // --no-deps: the requirements are all there is to install, and 1.10.12's own metadata cannot be read.
        'pip',
        'install',
        '--python',
        made.python,
        '--require-hashes',
        '--no-deps',
        '--no-config',
        '--requirement',
        getRequirementsFile(target.release),
        '--build-constraints',
        getRequirementsFile('build'),
      ],
      { onLine: (line) => /^(Downloading|Building|Prepared|Installed) /.test(line) && onProgress(line) },
    );
    if (packages.exitCode !== 0) {
      return {
        unavailable: `the packages of Airflow ${target.release} could not be installed: ${getLastLine(packages.stderr)}`,
      };
    }
    await writeFile(join(made.venv, INSTALLED_MARKER), `${target.release}\n`);
    await rename(made.venv, target.venv).catch(async (error) => {
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

/** Complete, and its Python is still there: a system upgrade can take away what a virtual environment points to. */
async function isUsable({ venv, python }: InstalledAirflow): Promise<boolean> {
  try {
    await access(join(venv, INSTALLED_MARKER));
    await access(python);
    return true;
  } catch {
    return false;
  }
}

/** What this or an interrupted installation left behind. Called under the lock. */
async function removeLeftovers(venv: string): Promise<void> {
  const folder = dirname(venv);
  const left = (await readdir(folder)).filter((name) => name.startsWith(`${basename(venv)}.tmp-`));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
}
