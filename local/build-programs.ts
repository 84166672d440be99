import { access, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createShortDigest, PROJECT_FOLDER } from './airflow/cache.ts';
import { runProcess } from './airflow/run-process.ts';
import { withLock } from './airflow/with-lock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Folders of the project that hold nothing a program is built from. */
const NO_SOURCES = new Set(['bench', 'dist', 'docs', 'examples', 'local', 'node_modules', 'test', 'tools']);

/**
 * Builds the programs as they are published (`npm run build`), once for the same sources. Takes several seconds the first time. `dist/`
 * stays as it is.
 *
 * @returns a function that returns the file of a program
 */
export async function buildPrograms(): Promise<(name: 'airflow' | 'mwaa') => string> {
  const cache = join(PROJECT_FOLDER, '.cache', 'programs');
  const folder = join(cache, createShortDigest(...(await readSources())));
  if (!(await isThere(folder))) {
    await withLock(`${folder}.lock`, async () => {
      if (!(await isThere(folder))) await buildInto(folder);
    });
  }
  return (name) => join(folder, `${name}.cjs`);
}

async function buildInto(folder: string): Promise<void> {
  const made = `${folder}.tmp-${process.pid}`;
  const { exitCode, stderr } = await runProcess(process.execPath, ['bin/build.ts', '--programs', made], {
    cwd: PROJECT_FOLDER,
  });
  if (exitCode !== 0) throw new Error(`The programs cannot be built:\n${stderr}`);
  await rename(made, folder).catch(async (error) => {
    if (!(await isThere(folder))) throw error;
  });
  await removeOld(dirname(folder));
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Programs of sources that have changed since, unless a test may still run them. */
async function removeOld(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > DAY_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Names and contents of all files that a program can be built from, in a fixed order. */
async function readSources(): Promise<(string | Buffer)[]> {
  const entries = await readdir(PROJECT_FOLDER, { withFileTypes: true });
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NO_SOURCES.has(entry.name),
  );
  const paths = await Promise.all(
    folders.map(async ({ name }) => {
      const below = await readdir(join(PROJECT_FOLDER, name), { recursive: true, withFileTypes: true });
      return below.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    }),
  );
  const files = [join(PROJECT_FOLDER, 'package-lock.json'), ...paths.flat()].sort();
  return (
    await Promise.all(files.map(async (file) => [file.slice(PROJECT_FOLDER.length), await readFile(file)]))
  ).flat();
}
