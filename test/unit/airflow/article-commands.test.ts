import { describe, expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { authorize } from '../../../policy/authorize.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { AIRFLOW_1_10 } from '../../catalogs.ts';

/**
 * The commands of the article "Amazon MWAA with the Airflow CLI" (DNX Solutions, 2021), with the names they have in Airflow 1.10.12:
 * the command line that is sent, and the first set that allows it.
 */
const ROLE = 'arn:aws:iam::111122223333:role/team';
const caller = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/jo')!;
const SETS = ['@read', '@secrets', '@operate', '@trigger'];

const parseText = (command: string) => parseInvocation(AIRFLOW_1_10, splitCommandLine(command));

function isAllowed(may: string, command: string): boolean {
  const { policy, faults } = compilePolicy([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_1_10);
  expect(faults).toEqual([]);
  return authorize(policy, caller, parseText(command)) !== undefined;
}

const findFirstSet = (command: string) => SETS.find((set) => isAllowed(set, command));

describe('a command that AWS lists is sent, and granted by a set or by name', () => {
  test.each<[command: string, commandLine: string, set: string | undefined]>([
    [
      'backfill -s 2021-01-01 -e 2021-01-02 my_dag',
      'backfill --start_date=2021-01-01 --end_date=2021-01-02 my_dag',
      undefined,
    ],
    ['clear -c -s 2021-01-01 my_dag', 'clear --start_date=2021-01-01 --no_confirm my_dag', '@operate'],
    ['dag_state my_dag 2021-01-01T00:00:00', 'dag_state my_dag 2021-01-01T00:00:00', '@read'],
    ['delete_dag -y my_dag', 'delete_dag --yes my_dag', undefined],
    ['list_dag_runs my_dag_name', 'list_dag_runs my_dag_name', '@read'],
    ['list_dag_runs --state failed my_dag', 'list_dag_runs --state=failed my_dag', '@read'],
    ['list_dags', 'list_dags', '@read'],
    ['list_tasks --tree my_dag', 'list_tasks --tree my_dag', '@read'],
    ['next_execution my_dag', 'next_execution my_dag', '@read'],
    ['pause my_dag', 'pause my_dag', '@operate'],
    ['pool -g default_pool', 'pool --get=default_pool', undefined],
    ['pool -s etl 8 "for loads"', `pool --set etl 8 'for loads'`, undefined],
    ['render my_dag my_task 2021-01-01', 'render my_dag my_task 2021-01-01', '@secrets'],
    ['run my_dag my_task 2021-01-01', 'run my_dag my_task 2021-01-01', undefined],
    ['show_dag my_dag', 'show_dag my_dag', '@read'],
    ['task_failed_deps my_dag my_task 2021-01-01', 'task_failed_deps my_dag my_task 2021-01-01', '@read'],
    ['task_state my_dag my_task 2021-01-01', 'task_state my_dag my_task 2021-01-01', '@read'],
    ['test -dr my_dag my_task 2021-01-01', 'test --dry_run my_dag my_task 2021-01-01', undefined],
    [
      `trigger_dag -r r1 -c '{"day": "it''s"}' my_dag`,
      `trigger_dag --run_id=r1 --conf='{"day": "its"}' my_dag`,
      '@operate',
    ],
    ['unpause my_dag', 'unpause my_dag', '@operate'],
    ['variables -g my_key', 'variables --get=my_key', undefined],
    ['variables -s my_key "a b"', `variables --set my_key 'a b'`, undefined],
    ['variables -x my_key', 'variables --delete=my_key', undefined],
    ['version', 'version', '@read'],
  ])('%s', (command, commandLine, set) => {
    const invocation = parseText(command);
    expect(renderCommandLine(invocation)).toBe(commandLine);
    expect(renderCommandLine(parseText(commandLine))).toBe(commandLine);
    expect(invocation.command.listed).toBe(true);
    expect(findFirstSet(command)).toBe(set);
  });

  test('a command whose options do different things is granted option by option', () => {
    expect(isAllowed('variables --get=team_*', 'variables -g team_key')).toBe(true);
    expect(isAllowed('variables --get=team_*', 'variables -x team_key')).toBe(false);
    expect(isAllowed('variables --get=team_*', 'variables -g team_key -s team_key v')).toBe(false);
    expect(isAllowed('variables --get=team_* --*', 'variables -g team_key --export /tmp/all.json')).toBe(false);
    expect(isAllowed('pool --get=*', 'pool -i pools.json')).toBe(false);
  });
});

describe('a command that AWS does not list is in no set', () => {
  test.each([
    'checkdb',
    'connections -l',
    'create_user -r Op -u jo -e jo@example.com -f Jo -l Doe --use_random_password',
    'delete_user -u jo',
    'flower',
    'initdb',
    'kerberos',
    'list_users',
    'resetdb -y',
    'rotate_fernet_key',
    'scheduler',
    'serve_logs',
    'shell',
    'sync_perm',
    'upgradedb',
    'webserver',
    'worker',
  ])('%s', (command) => {
    expect(parseText(command).command.listed).toBeUndefined();
    expect(findFirstSet(command)).toBeUndefined();
  });
});
