import type { AirflowRole } from '../airflow/rest/airflow-role.ts';
import type { OperationCatalog } from '../airflow/rest/operation.ts';
import type { RelayFile } from './relay-file.ts';

/** The data file of a REST relay. `lib/` writes it at synthesis. The function reads it when it starts. */
export interface RestFile
  extends Pick<
    RelayFile,
    'name' | 'mwaaName' | 'airflow' | 'catalog' | 'grants' | 'webServerHostname' | 'webServerDomains' | 'timeouts'
  > {
  readonly operations: OperationCatalog;
  /** The role of the relay's web sessions in Airflow. The IAM policy of the function's role decides; this is for messages. */
  readonly airflowRole: AirflowRole;
  /** Whether runs get a note that names their caller. */
  readonly notes: boolean;
  /** Largest answer that is read, in bytes. */
  readonly answerBytes: number;
}
