import { randomBytes, randomUUID } from 'node:crypto';
import { access, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';
import { createShortDigest } from './cache.ts';
import { createAirflowEnvironment } from './create-airflow-environment.ts';
import { createAirflowRunner } from './create-airflow-runner.ts';
import type { InstalledAirflow } from './install-airflow.ts';
import { isReleaseBefore } from './installable-releases.ts';
import { withLock } from './with-lock.ts';

/** The folder of the project's example DAGs for a release. Parameter names changed with 2.4. */
export function getExampleDagsFolder(release: string): string {
  return fileURLToPath(new URL(isReleaseBefore(release, '2.4') ? 'dags-before-2.4' : 'dags', import.meta.url));
}

/** The commands that initialize a template. `dags reserialize` succeeds although one of the examples cannot be imported. */
function listInitCommands(release: string): string[] {
  if (isReleaseBefore(release, '2.0')) return ['initdb', 'sync_perm']; // `initdb` reads the DAGs too
  if (isReleaseBefore(release, '2.4')) return ['db init', 'sync-perm'];
  return [isReleaseBefore(release, '2.7') ? 'db upgrade' : 'db migrate', 'sync-perm', 'dags reserialize'];
}

/**
 * Creates a new AIRFLOW_HOME in `folder` as a copy of a template. The template is initialized once per installation and set of DAG files
 * (10 to 30 seconds) and then kept. Its database contains the parsed DAGs, which are active unless their file pauses them. Throws an
 * error with Airflow's output if the template cannot be initialized.
 */
export async function createAirflowHome(
  installed: InstalledAirflow,
  folder: string,
  options: { dags?: string; onProgress?: (line: string) => void; signal?: AbortSignal | undefined } = {},
): Promise<AirflowHome> {
  const template = await ensureTemplate(
    installed,
    options.dags ?? getExampleDagsFolder(installed.release),
    (line) => options.onProgress?.(`Airflow ${installed.release}: ${line}`),
    options.signal,
  );
  const home = describeHome(installed, resolve(folder), template.dags);
  await copyHome(template.folder, home.folder);
  return home;
}

function describeHome(installed: InstalledAirflow, folder: string, dags: string): AirflowHome {
  const fernetKey = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
  return {
    folder,
    database: join(folder, 'airflow.db'),
    dags,
    environment: createAirflowEnvironment(installed, { home: folder, dags, fernetKey }),
  };
}

async function ensureTemplate(
  installed: InstalledAirflow,
  source: string,
  onProgress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ folder: string; dags: string }> {
  const settings = createAirflowEnvironment(installed, { home: '', dags: '', fernetKey: '' });
  const key = createShortDigest(
    JSON.stringify([settings, listInitCommands(installed.release)]),
    ...(await readFolderContents(source)),
  );
  const folder = join(installed.venv, 'homes', key);
  const dags = join(folder, 'dags');
  const isReady = () =>
    access(join(folder, 'airflow.db')).then(
      () => true,
      () => false,
    );
  if (!(await isReady())) {
    const create = async () => {
      if (!(await isReady())) await createTemplate(installed, source, folder, onProgress, signal);
    };
    const onWait = () => onProgress('waiting for another process that is preparing the database …');
    await withLock(`${folder}.lock`, create, onWait, signal);
  }
  return { folder, dags };
}

/** Adds the database last: its presence means that the template is complete. */
async function createTemplate(
  installed: InstalledAirflow,
  source: string,
  folder: string,
  onProgress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  onProgress('preparing the database (once) …');
  await mkdir(folder, { recursive: true });
  const dags = join(folder, 'dags');
  await cp(source, dags, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  const home = describeHome(installed, join(folder, `making-${randomUUID()}`), dags);
  await mkdir(home.folder);
  const airflow = createAirflowRunner(installed, home);
  try {
    for (const command of listInitCommands(installed.release)) {
      const { exitCode, stdout, stderr } = await airflow.run(command, signal);
      signal?.throwIfAborted();
      if (exitCode !== 0) throw new Error(`airflow ${command} exited with ${exitCode}:\n${stdout}\n${stderr}`);
    }
    await airflow.close();
    await copyHome(home.folder, folder);
  } finally {
    await airflow.close();
    await rm(home.folder, { recursive: true, force: true });
  }
}

/** Copies the database and the configuration that Airflow wrote, with its paths adapted. */
async function copyHome(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const configuration = await readFile(join(from, 'airflow.cfg'), 'utf8');
  await writeFile(join(to, 'airflow.cfg'), configuration.replaceAll(from, to), { mode: 0o600 });
  await cp(join(from, 'airflow.db'), join(to, 'airflow.db.copy'));
  await rename(join(to, 'airflow.db.copy'), join(to, 'airflow.db'));
}

/** Returns the names and contents of all files below a folder, in a fixed order. */
async function readFolderContents(folder: string): Promise<(string | Buffer)[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'));
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return (await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path)]))).flat();
}
