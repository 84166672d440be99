import { chmod, chown, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { findUv } from '../../local/airflow/find-uv.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { runProcess } from '../../local/airflow/run-process.ts';

const BINARIES = process.env.POSTGRESQL_BIN ?? '/usr/lib/postgresql/15/bin';

/** A PostgreSQL server with an empty database, and the settings with which Airflow uses it. */
export interface PostgresqlServer {
  readonly environment: Readonly<Record<string, string>>;
  /** Makes new transactions read-only, like those of a server that became a replica. */
  makeReadOnly(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server of its own in a folder. PostgreSQL refuses to run as root, so root starts it as the user `postgres`. */
export async function startPostgresql(
  folder: string,
  installed: InstalledAirflow,
  home: AirflowHome,
): Promise<PostgresqlServer> {
  const data = join(folder, 'data');
  await mkdir(folder);
  await openToOthers(folder);
  const drivers = await installDrivers(installed, join(home.folder, 'drivers'));
  const port = await findFreePort();
  await run(`${BINARIES}/initdb`, ['--auth=trust', '--username=airflow', '--encoding=UTF8', '--locale=C', data]);
  await run(`${BINARIES}/pg_ctl`, [
    '--wait',
    `--pgdata=${data}`,
    `--log=${join(folder, 'log')}`,
    `--options=-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder} -c fsync=off`,
    'start',
  ]);
  const connection = ['--host=127.0.0.1', `--port=${port}`, '--username=airflow'];
  await run(`${BINARIES}/createdb`, [...connection, 'airflow']);
  return {
    environment: {
      PYTHONPATH: `${home.environment.PYTHONPATH}:${drivers}`,
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `postgresql+psycopg2://airflow@127.0.0.1:${port}/airflow`,
    },
    makeReadOnly: () =>
      run(`${BINARIES}/psql`, [
        ...connection,
        '--command=ALTER ROLE airflow SET default_transaction_read_only = on',
        'airflow',
      ]),
    close: () => run(`${BINARIES}/pg_ctl`, ['--wait', `--pgdata=${data}`, '--mode=immediate', 'stop']),
  };
}

const isRoot = process.getuid?.() === 0;

async function run(command: string, args: readonly string[]): Promise<void> {
  const [program, words] = isRoot ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, [...args]];
  const { exitCode, stdout, stderr } = await runProcess(program, words, { cwd: '/' });
  if (exitCode !== 0) throw new Error(`${command} failed: ${stdout}${stderr}`);
}

/** Lets the user `postgres` write into a folder, and enter the folder above it. */
async function openToOthers(folder: string): Promise<void> {
  if (!isRoot) return;
  const { stdout } = await runProcess('id', ['-u', 'postgres']);
  await chown(folder, Number(stdout), -1);
  await chmod(join(folder, '..'), 0o711);
}

/**
 * Installs the drivers beside Airflow: SQLAlchemy's for PostgreSQL, and the one that Airflow 3 imports for asynchronous access.
 * Returns their folder, for PYTHONPATH.
 */
export async function installDrivers(installed: InstalledAirflow, target: string): Promise<string> {
  const uv = await findUv(getCacheFolder(), installed.python, () => {});
  if (typeof uv !== 'string') throw new Error(uv.unavailable);
  const { exitCode, stderr } = await runProcess(uv, [
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--no-config',
    '--python',
    installed.python,
    '--target',
    target,
    'psycopg2-binary',
    'asyncpg',
  ]);
  if (exitCode !== 0) throw new Error(`The PostgreSQL drivers could not be installed: ${stderr}`);
  return target;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
