import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cacheFolder, digest } from './cache.ts';
import { execute } from './execute.ts';
import { withLock } from './lock.ts';
import { findAnyPython, findPython } from './python.ts';
import { type Release, releaseNamed } from './releases.ts';
import { requirementsFile } from './requirements.ts';
import { findUv, lastLine } from './uv.ts';

/** An Airflow that is installed. All paths are absolute. */
export interface Installed {
  readonly release: string;
  /** The virtual environment's folder. What is derived from this installation may be kept beside its contents. */
  readonly venv: string;
  readonly python: string;
  /** The `airflow` entry point, a Python script. */
  readonly airflow: string;
}

/** Why there is no Airflow here, as a sentence for a person. */
export interface Unavailable {
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
): Promise<Installed | Unavailable> {
  const release = releaseNamed(name);
  const requirements = await readFile(requirementsFile(name));
  const cache = cacheFolder();
  const installed = inFolder(name, join(cache, `${name}-${digest(requirements, release.python)}`));
  const onProgress = (line: string) => options.onProgress?.(`Airflow ${name}: ${line}`);

  if (await usable(installed)) return installed;
  return withLock(
    `${installed.venv}.lock`,
    async () => ((await usable(installed)) ? installed : install(installed, release, cache, onProgress)),
    () => onProgress('another start is installing it, waiting …'),
  );
}

async function install(
  target: Installed,
  release: Release,
  cache: string,
  onProgress: (line: string) => void,
): Promise<Installed | Unavailable> {
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
  const made = inFolder(target.release, `${target.venv}.tmp-${randomUUID()}`);
  try {
    const venv = await execute(uv, [
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
        unavailable: `there is no Python ${release.python} and none could be downloaded: ${lastLine(venv.stderr)}`,
      };
    }
    onProgress('installing its packages (once; about 300 MB, seconds to minutes by the speed of the line) …');
    const packages = await execute(
      uv,
      [
        // --no-deps: the requirements are all there is to install, and 1.10.12's own metadata cannot be read.
        ...['pip', 'install', '--python', made.python, '--require-hashes', '--no-deps', '--no-config'],
        ...['--requirement', requirementsFile(target.release), '--build-constraints', requirementsFile('build')],
      ],
      { onLine: (line) => /^(Downloading|Building|Prepared|Installed) /.test(line) && onProgress(line) },
    );
    if (packages.exitCode !== 0) {
      return {
        unavailable: `the packages of Airflow ${target.release} could not be installed: ${lastLine(packages.stderr)}`,
      };
    }
    await writeFile(join(made.venv, MARKER), `${target.release}\n`);
    await rename(made.venv, target.venv).catch(async (error) => {
      if (!(await usable(target))) throw error;
    });
    return target;
  } finally {
    await removeLeftovers(target.venv);
  }
}

const MARKER = 'installed-by-mwaa-cli-proxy';

function inFolder(release: string, venv: string): Installed {
  return { release, venv, python: join(venv, 'bin', 'python'), airflow: join(venv, 'bin', 'airflow') };
}

/** Complete, and its Python is still there: a system upgrade can take away what a virtual environment points to. */
async function usable({ venv, python }: Installed): Promise<boolean> {
  try {
    await access(join(venv, MARKER));
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
