import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { createAirflowHome, getExampleDagsFolder } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { isReleaseBefore } from '../../local/airflow/installable-releases.ts';
import { installDrivers, startPostgresql } from './postgresql.ts';
import type { Scene } from './scenes.ts';

/** The home of a scene. `close` ends what else runs for it: the holder of a lock, a database server. */
export interface SceneHome {
  readonly home: AirflowHome;
  close(): Promise<void>;
}

/** Sets what the hostile DAG file or plugin does, see `hostile/dags/hostile_behavior.py`. */
export const setBehavior = (home: AirflowHome, behavior: string): Promise<void> =>
  writeFile(join(home.folder, 'behavior'), behavior);

/** Creates a home with the scene's files, database and settings, and with the example DAGs unless the scene is `bare`. */
export async function createSceneHome(scene: Scene, installed: InstalledAirflow, folder: string): Promise<SceneHome> {
  const home = scene.onlyDags
    ? await createAirflowHome(installed, join(folder, 'home'), { dags: fileURLToPath(scene.onlyDags) })
    : await createHomeWithExamples(scene, installed, folder);
  for (const source of scene.extensions ?? []) await copyFolder(fileURLToPath(source), home.folder);
  const settings = Object.entries(scene.settings ?? {}).map(([name, value]) => [
    name,
    value.replaceAll('{home}', home.folder),
  ]);
  const environment = {
    ...home.environment,
    // Python's sets have the same order in every recording.
    PYTHONHASHSEED: '0',
    ...(scene.onlyDags ? { PYTHONPATH: `${home.dags}:${join(home.folder, 'modules')}` } : {}),
    ...Object.fromEntries(settings),
  };
  const sceneHome = { ...home, environment };
  if (!scene.onlyDags) await loadDags(installed, sceneHome, scene);
  return withDatabase(scene, installed, sceneHome, folder);
}

/** The DAG files are copied into one folder, of which a template would be needed for each scene. */
async function createHomeWithExamples(scene: Scene, installed: InstalledAirflow, folder: string): Promise<AirflowHome> {
  const home = await createAirflowHome(installed, join(folder, 'home'));
  const dags = join(folder, 'dags');
  await mkdir(dags);
  const folders = (scene.dags ?? []).map((source) => fileURLToPath(source));
  if (!scene.bare) folders.unshift(getExampleDagsFolder(installed.release));
  for (const source of folders) await copyFolder(source, dags);
  return { ...home, dags, environment: { ...home.environment, AIRFLOW__CORE__DAGS_FOLDER: dags } };
}

const copyFolder = (source: string, target: string): Promise<void> =>
  cp(source, target, { recursive: true, filter: (path) => !path.includes('__pycache__') });

async function withDatabase(
  scene: Scene,
  installed: InstalledAirflow,
  home: AirflowHome,
  folder: string,
): Promise<SceneHome> {
  const withEnvironment = (environment: Readonly<Record<string, string>>): AirflowHome => ({
    ...home,
    environment: { ...home.environment, ...environment },
  });
  const withUrl = (url: string) => withEnvironment({ AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: url });
  const close = async () => {};
  switch (scene.database) {
    case 'empty':
      return { home: withUrl(`sqlite:///${join(home.folder, 'new.db')}`), close };
    case 'unreachable': {
      const drivers = await installDrivers(installed, join(home.folder, 'drivers'));
      const unreachable = withEnvironment({
        PYTHONPATH: `${home.environment.PYTHONPATH}:${drivers}`,
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: 'postgresql+psycopg2://airflow@127.0.0.1:9/airflow?connect_timeout=2',
      });
      return { home: unreachable, close };
    }
    case 'locked': {
      const release = await lockDatabase(installed, home);
      return { home: withUrl(`sqlite:///${home.database}?timeout=1`), close: release };
    }
    case 'postgresql':
    case 'read-only': {
      const server = await startPostgresql(join(folder, 'postgresql'), installed, home);
      const postgresHome = withEnvironment(server.environment);
      await initializeDatabase(installed, postgresHome);
      if (scene.database === 'read-only') await server.makeReadOnly();
      return { home: postgresHome, close: server.close };
    }
    default:
      return { home, close };
  }
}

/** Holds an exclusive lock on the database in another process. Returns a function that ends it. */
async function lockDatabase(installed: InstalledAirflow, home: AirflowHome): Promise<() => Promise<void>> {
  const script =
    'import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute("BEGIN EXCLUSIVE"); print(1, flush=True); sys.stdin.read()';
  const holder = spawn(installed.python, ['-c', script, home.database], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return async () => {
    holder.stdin.end();
    await once(holder, 'close');
  };
}

async function initializeDatabase(installed: InstalledAirflow, home: AirflowHome): Promise<void> {
  const migrate = isReleaseBefore(installed.release, '2.7') ? 'db upgrade' : 'db migrate';
  await runAll(installed, home, [migrate, 'sync-perm', 'dags reserialize']);
}

/** Updates the database to the scene's DAG files. */
async function loadDags(installed: InstalledAirflow, home: AirflowHome, scene: Scene): Promise<void> {
  if (!scene.dags?.length && !scene.bare) return;
  const { release } = installed;
  const loadCommand = isReleaseBefore(release, '2.0')
    ? 'initdb'
    : isReleaseBefore(release, '2.4')
      ? 'db init'
      : 'dags reserialize';
  const deleteCommands = ['daily_report', 'reporting_daily', 'fails_on_purpose', 'paused_by_hand'].map((dag) =>
    isReleaseBefore(release, '2.0') ? `delete_dag --yes ${dag}` : `dags delete --yes ${dag}`,
  );
  await runAll(installed, home, [...(scene.bare ? deleteCommands : []), loadCommand]);
}

async function runAll(installed: InstalledAirflow, home: AirflowHome, commands: readonly string[]): Promise<void> {
  const airflow = createAirflowRunner(installed, home);
  try {
    for (const command of commands) await airflow.run(command);
  } finally {
    await airflow.close();
  }
}
