/** Airflow's default roles, from the least to the most powerful. Each has the rights of those before it. */
export const AIRFLOW_ROLES = ['Public', 'Viewer', 'User', 'Op', 'Admin'] as const;

export type AirflowRole = (typeof AIRFLOW_ROLES)[number];
