/** What MWAA does itself, with the commands of all releases that do it elsewhere. AWS lists none of them. */
export const MANAGED_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'MWAA creates and migrates the database itself.': [
    'db downgrade',
    'db init',
    'db migrate',
    'db reset',
    'db upgrade',
    'db-manager downgrade',
    'db-manager migrate',
    'db-manager reset',
    'fab-db downgrade',
    'fab-db migrate',
    'fab-db reset',
    'initdb',
    'resetdb',
    'upgradedb',
  ],
  'MWAA runs the processes of Airflow itself.': [
    'api-server',
    'celery worker',
    'dag-processor',
    'scheduler',
    'standalone',
    'triggerer',
    'webserver',
    'worker',
  ],
  'On MWAA, users log in with IAM.': ['create_user', 'users create', 'users import', 'users reset-password'],
};

/** Says what MWAA does itself in place of a command, or returns undefined. @param path as in `db migrate` */
export const describeManagedCommand = (path: string): string | undefined =>
  Object.keys(MANAGED_COMMANDS).find((sentence) => MANAGED_COMMANDS[sentence]!.includes(path));
