import { join } from 'node:path';
import type { InstalledAirflow } from './install-airflow.ts';
import { isReleaseBefore } from './installable-releases.ts';

/**
 * Returns the complete environment of an Airflow process. Nothing is inherited from the developer's environment, in particular no
 * credentials. Airflow is configured by variables, which take precedence over the files in AIRFLOW_HOME.
 */
export function createAirflowEnvironment(
  installed: InstalledAirflow,
  paths: { home: string; dags: string; fernetKey: string },
): Record<string, string> {
  const { home, dags, fernetKey } = paths;
  return {
    PATH: [join(installed.venv, 'bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    HOME: home,
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    AIRFLOW_HOME: home,
    AIRFLOW__CORE__DAGS_FOLDER: dags,
    AIRFLOW__CORE__PLUGINS_FOLDER: join(home, 'plugins'),
    AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
    AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
    AIRFLOW__CORE__FERNET_KEY: fernetKey,
    // The default resolves the machine's full name by DNS, which takes seconds on machines without one.
    // 1.10 separates the module from the function with a colon.
    AIRFLOW__CORE__HOSTNAME_CALLABLE: isReleaseBefore(installed.release, '2.0')
      ? 'socket:gethostname'
      : 'socket.gethostname',
    // Four commands may use one SQLite file at the same time, so they wait for its lock instead of failing after five seconds.
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: `sqlite:///${join(home, 'airflow.db')}?timeout=60`,
    AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS: 'False',
    // Otherwise every command loads all migrations, to find out whether the database needs one. The template has them all.
    AIRFLOW__DATABASE__CHECK_MIGRATIONS: 'False',
    AIRFLOW__LOGGING__BASE_LOG_FOLDER: join(home, 'logs'),
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
    ...(isReleaseBefore(installed.release, '3.0')
      ? { AIRFLOW__CORE__EXECUTOR: 'SequentialExecutor' }
      : createAirflow3Settings(home)),
    ...(isReleaseBefore(installed.release, '2.3') ? createSettingsBefore23(home) : {}),
  };
}

/** 2.3 added the section `database`, 2.0 the section `logging`. On 1.10 MWAA uses the RBAC web server. */
function createSettingsBefore23(home: string): Record<string, string> {
  return {
    AIRFLOW__CORE__SQL_ALCHEMY_CONN: `sqlite:///${join(home, 'airflow.db')}?timeout=60`,
    AIRFLOW__CORE__LOAD_DEFAULT_CONNECTIONS: 'False',
    AIRFLOW__CORE__BASE_LOG_FOLDER: join(home, 'logs'),
    AIRFLOW__WEBSERVER__RBAC: 'True',
    // 1.10 imports pandas, whose threads would not survive the fork of `process/prefork.py`.
    OPENBLAS_NUM_THREADS: '1',
  };
}

function createAirflow3Settings(home: string): Record<string, string> {
  return {
    AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
    // As on MWAA. Airflow 3's default auth manager lacks the commands `roles` and `users`.
    AIRFLOW__CORE__AUTH_MANAGER: 'airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager',
    AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH: join(home, 'bundles'),
  };
}
