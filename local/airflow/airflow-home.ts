/** An AIRFLOW_HOME with a migrated SQLite database that contains the DAGs. All paths are absolute. */
export interface AirflowHome {
  readonly folder: string;
  readonly database: string;
  /** Folder of the DAG files: a copy in the cache that all homes with the same files share. */
  readonly dags: string;
  /** The complete environment of Airflow's processes. Nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}
