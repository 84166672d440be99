import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const getRefusal = (release: string, line: string): string => {
  try {
    parseInvocation(CATALOGS.read(release), splitCommandLine(line));
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
};

test.each<[release: string, line: string, ending: string]>([
  // An option with another name, in both directions
  ['3.0.6', 'dags trigger -e 2026-11-01 d', 'has no option "-e". It is --logical-date since Airflow 3.0.'],
  ['3.0.6', 'dags trigger -e2026-11-01 d', 'It is --logical-date since Airflow 3.0.'],
  ['3.0.6', 'dags trigger --exec-date=2026-11-01 d', 'It is --logical-date since Airflow 3.0.'],
  ['2.10.3', 'dags trigger -l 2026-11-01 d', 'It is --exec-date before Airflow 3.0.'],
  ['2.10.3', 'dags trigger --logical-date=2026-11-01 d', 'It is --exec-date before Airflow 3.0.'],
  // An option that is a positional argument, and the other way around
  ['3.3.1', 'dags list-runs -d d', 'It is the positional argument dag_id since Airflow 3.0: dags list-runs DAG_ID'],
  ['2.10.3', 'dags list-runs d', 'accepts no positional arguments. dag_id is --dag-id before Airflow 3.0.'],
  // An option that only other releases have
  ['2.2.2', 'dags list --columns=dag_id', 'has no option "--columns". Airflow 2.9.2 and later have it.'],
  ['2.7.2', 'dags pause d -o json', 'has no option "-o". Airflow 2.9.2 and later have it.'],
  ['2.4.3', 'variables set --description=x k v', 'Airflow 2.8.1 and later have it.'],
  ['3.0.6', 'dags next-execution d --table', 'Airflow 3.2.1 and later have it.'],
  ['3.3.1', 'dags reserialize --clear-only', 'Airflow 2.4.3 to 2.11.2 have it.'],
  // An option that can be left out
  ['3.0.6', 'dags list -S x', 'Leave it out. Airflow finds the file of a DAG in its DAG bundle.'],
  ['3.3.1', 'tasks clear d -x', 'Leave it out. There are no SubDAGs.'],
  // An option whose job another command does
  ['3.3.1', 'tasks list d --tree', 'Since Airflow 3.0, use "dags show" instead.'],
  ['3.3.1', 'tasks test d t 2026-11-01 -n', 'Since Airflow 3.0, use "tasks render" instead.'],
  ['3.2.1', 'connections list --conn-id=x', 'Since Airflow 3.1, use "connections get" instead.'],
  // A command with another name, in both directions
  ['3.0.6', 'dags backfill d', 'has no command "dags backfill". It is "backfill create" since Airflow 3.0.'],
  ['2.10.3', 'backfill create', 'It is "dags backfill" before Airflow 3.0.'],
  ['2.10.3', 'trigger_dag d', 'It is "dags trigger" since Airflow 2.0.'],
  ['3.3.1', 'backfill d', 'It is "backfill create" since Airflow 3.0.'],
  // With options that did not choose the command
  ['2.10.3', 'delete_user -u jo', 'It is "users delete" since Airflow 2.0.'],
  ['2.10.3', 'list_dags -sd x', 'It is "dags list" since Airflow 2.0.'],
  ['2.10.3', 'variables -j --set k v', 'It is "variables set" since Airflow 2.0.'],
  ['2.10.3', 'pool -l', 'It is "pools list" since Airflow 2.0.'],
  ['1.10.12', 'dags trigger d', 'It is "trigger_dag" before Airflow 2.0.'],
  ['2.10.3', 'list_dags', 'It is "dags list" since Airflow 2.0.'],
  // A command that MWAA makes unnecessary: its new name would not help
  ['3.0.6', 'db init', 'has no command "db init". MWAA creates and migrates the database itself.'],
  ['3.0.6', 'initdb', 'has no command "initdb". MWAA creates and migrates the database itself.'],
  ['2.2.2', 'db migrate', 'has no command "db migrate". MWAA creates and migrates the database itself.'],
  ['3.0.6', 'webserver -p 8080', 'has no command "webserver". MWAA runs the processes of Airflow itself.'],
  ['2.10.3', 'api-server', 'has no command "api-server". MWAA runs the processes of Airflow itself.'],
  ['2.10.3', 'create_user -u jo -r Admin', 'has no command "create_user". On MWAA, users log in with IAM.'],
  // A command that an option was, in both directions
  ['2.10.3', 'variables -g k', 'It is "variables get" since Airflow 2.0.'],
  ['2.10.3', 'variables --get k', 'It is "variables get" since Airflow 2.0.'],
  ['2.10.3', 'connections -l', 'It is "connections list" since Airflow 2.0.'],
  ['2.10.3', 'pool -g p', 'It is "pools get" since Airflow 2.0.'],
  ['1.10.12', 'variables get k', 'It is "variables --get" before Airflow 2.0.'],
  // A command that only other releases have
  ['2.0.2', 'dags details d', 'has no command "dags details". Airflow 2.6.3 and later have it.'],
  ['2.10.3', 'assets list', 'Airflow 3.0.6 and later have it.'],
  ['2.2.2', 'db clean', 'Airflow 2.4.3 and later have it.'],
  [
    '3.0.6',
    'tasks run d t x',
    'Only workers run tasks. To run a task again, clear it with "tasks clear". To try one out, use "tasks test".',
  ],
  // A typo, and an option of one letter, which is similar to every other
  ['2.10.3', 'dags lsit', 'has no command "dags lsit". Did you mean "dags list"?'],
  ['2.10.3', 'dags list --outptu=json', 'Did you mean "--output"?'],
  ['2.10.3', 'dags list -z', 'has no option "-z". Put "--" before values that begin with "-".'],
  ['2.10.3', 'providers triggerer', 'Did you mean "providers triggers"?'],
])('Airflow %s: %s', (release, line, ending) => {
  const refusal = getRefusal(release, line);
  expect(refusal.slice(-ending.length)).toBe(ending);
});
