import { describe } from 'vitest';
import { AIRFLOW_1_10 } from '../../../catalogs.ts';
import { ALLOWED, DENIED, FAULT, REJECTED, testCommandAttacks } from './run-attack.ts';

describe('attacks by commands of Airflow 1.10, which do several things', () => {
  testCommandAttacks(AIRFLOW_1_10, [
    ['a granted variable', 'variables --get=team_*', 'variables -g team_x', ALLOWED, 'the intended use'],
    ['another variable', 'variables --get=team_*', 'variables -g billing', DENIED, 'a different name'],
    [
      'a granted variable and a deletion',
      'variables --get=team_*',
      'variables -g team_x -x team_x',
      DENIED,
      'the rule does not name the option',
    ],
    ['a granted variable and an import', 'variables --get=* --*', 'variables -g x -i /tmp/x', DENIED, 'a wide option'],
    ['a granted variable and an export', 'variables --get=* --*', 'variables -g x -e /tmp/x', DENIED, 'a wide option'],
    [
      'the value of a variable',
      'variables --set=team_*',
      'variables -s team_x secret',
      FAULT,
      'the values mean different things',
    ],
    [
      'the old spelling of a command',
      'trigger_dag reporting_*',
      'trigger_dag reporting_x',
      ALLOWED,
      'the intended use',
    ],
    [
      'the old spelling with an option',
      'trigger_dag reporting_*',
      'trigger_dag reporting_x --exec_date 2024-01-01',
      DENIED,
      'the rule does not name the option',
    ],
    ['a long option with one dash', 'clear reporting_* --*', 'clear reporting_x -dx', DENIED, 'a wide option'],
    [
      'the new spelling of a command',
      'trigger_dag reporting_*',
      'dags trigger reporting_x',
      REJECTED,
      'there is no such command',
    ],
  ]);
});
