/** The default roles of Airflow, least first. Each may do what those before it may. */
export const AIRFLOW_ROLES = ['Public', 'Viewer', 'User', 'Op', 'Admin'] as const;

/** A default role of Airflow. The IAM policy of the relay names the one that its web sessions have. */
export type AirflowRole = (typeof AIRFLOW_ROLES)[number];

/** The role that may do what both may. */
export const getGreaterRole = (a: AirflowRole, b: AirflowRole): AirflowRole =>
  AIRFLOW_ROLES.indexOf(a) < AIRFLOW_ROLES.indexOf(b) ? b : a;
