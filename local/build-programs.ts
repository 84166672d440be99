import { access, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createShortDigest, PROJECT_FOLDER } from './airflow/cache.ts';
import { runProcess } from './airflow/run-process.ts';
import { withLock } from './airflow/with-lock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The folders of the project from which the programs are built. */
export const PROGRAM_FOLDERS = ['airflow', 'bin', 'client', 'config', 'contract', 'files', 'mwaa', 'policy'];

/**
 * Builds the programs as they are published (`npm run build`), once for the same sources. Takes several seconds the first time. Does not
 * change `dist/`.
 *
 * @returns a function that returns the file of a program
 */
export async function buildPrograms(signal?: AbortSignal): Promise<(name: 'airflow' | 'mwaa') => string> {
  const cache = join(PROJECT_FOLDER, '.cache', 'programs');
  const folder = join(cache, createShortDigest(...(await readSources())));
  if (!(await fileExists(folder))) {
    const build = async () => {
      if (!(await fileExists(folder))) await buildInto(folder, signal);
    };
    await withLock(`${folder}.lock`, build, undefined, signal);
  }
  return (name) => join(folder, `${name}.cjs`);
}

async function buildInto(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const temporaryFolder = `${folder}.tmp-${process.pid}`;
  const { exitCode, stderr } = await runProcess(process.execPath, ['bin/build.ts', '--programs', temporaryFolder], {
    cwd: PROJECT_FOLDER,
    signal,
  });
  signal?.throwIfAborted();
  if (exitCode !== 0) throw new Error(`The programs cannot be built:\n${stderr}`);
  await rename(temporaryFolder, folder).catch(async (error) => {
    if (!(await fileExists(folder))) throw error;
  });
  await removeOldBuilds(dirname(folder));
}

const fileExists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Removes builds of older sources, except recent ones, which another test run may still use. */
async function removeOldBuilds(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Returns the names and contents of all files from which a program can be built, in a fixed order. */
async function readSources(): Promise<(string | Buffer)[]> {
  const paths = await Promise.all(
    PROGRAM_FOLDERS.map(async (name) => {
      const below = await readdir(join(PROJECT_FOLDER, name), { recursive: true, withFileTypes: true });
      return below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const files = [join(PROJECT_FOLDER, 'package-lock.json'), ...paths.flat()].sort();
  return (
    await Promise.all(files.map(async (file) => [file.slice(PROJECT_FOLDER.length), await readFile(file)]))
  ).flat();
}
