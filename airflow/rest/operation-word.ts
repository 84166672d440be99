/** The first word of a rule for an operation: `api GET /dags/reporting_*`. No command of Airflow begins with it. */
export const OPERATION_WORD = 'api';
