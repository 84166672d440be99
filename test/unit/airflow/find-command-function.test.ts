import { expect, test } from 'vitest';
import { findFrameFunction, getCommandFunction } from '../../../airflow/find-command-function.ts';

const COMMANDS = '/x/site-packages/airflow/cli/commands';

test.each<[path: string, file: string, name: string, expected: 'this-command' | 'other-command' | 'unknown']>([
  ['dags trigger', `${COMMANDS}/dag_command.py`, 'dag_trigger', 'this-command'],
  ['dags trigger', `${COMMANDS}/dag_command.py`, 'dag_pause', 'other-command'],
  ['dags list', `${COMMANDS}/dag_command.py`, 'dag_list_dag_runs', 'other-command'],
  ['db clean', `${COMMANDS}/db_command.py`, 'cleanup_tables', 'this-command'],
  ['roles list', '/x/airflow/providers/fab/auth_manager/cli_commands/role_command.py', 'roles_list', 'this-command'],
  ['trigger_dag', '/x/airflow/bin/cli.py', 'trigger_dag', 'this-command'],
  ['trigger_dag', '/x/airflow/bin/cli.py', 'pause', 'other-command'],
  ['dags trigger', '/x/airflow/utils/cli.py', 'wrapper', 'unknown'],
  ['dags trigger', '/usr/local/airflow/dags/dag_command.py', 'dag_pause', 'unknown'],
  ['celery add-queue', `${COMMANDS}/celery_command.py`, 'add_queue', 'unknown'],
])('a traceback under "%s" with a function in %s, %s, belongs to %s', (path, file, name, expected) => {
  const [given, function_] = [
    getCommandFunction(path.split(' ')),
    findFrameFunction(`  File "${file}", line 3, in ${name}`),
  ];
  const owner =
    given === undefined || function_ === undefined ? 'unknown' : given === function_ ? 'this-command' : 'other-command';
  expect(owner).toBe(expected);
});
