import { describe } from 'vitest';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, DENIED, DENIED_OR_FAULT, testCommandAttacks } from './run-attack.ts';

describe('attacks by regular expressions and JSON in values', () => {
  testCommandAttacks(AIRFLOW_2, [
    [
      'the granted task',
      'tasks clear reporting_* --task-regex=load',
      'tasks clear reporting_x -t load',
      ALLOWED,
      'exactly as granted',
    ],
    [
      'an alternative in a regex',
      'tasks clear reporting_* --task-regex=load_*',
      ['tasks', 'clear', 'reporting_x', '-t', 'load_|.*'],
      DENIED_OR_FAULT,
      'Airflow reads a regular expression that matches every task',
    ],
    [
      'a regex that begins as granted',
      'tasks clear reporting_* --task-regex=load_*',
      ['tasks', 'clear', 'reporting_x', '-t', 'load_?.*|x'],
      DENIED_OR_FAULT,
      'Airflow reads a regular expression',
    ],
    ['JSON, any', 'dags trigger a --conf=*', `dags trigger a -c '{"env":"prod"}'`, ALLOWED, 'exactly as granted'],
    [
      'JSON, exact',
      `dags trigger a --conf='{"env":"dev"}'`,
      `dags trigger a -c '{"env":"dev"}'`,
      ALLOWED,
      'exactly as granted',
    ],
    [
      'JSON, another',
      `dags trigger a --conf='{"env":"dev"}'`,
      `dags trigger a -c '{"env":"prod"}'`,
      DENIED,
      'a different value',
    ],
    [
      'JSON, a repeated key',
      `dags trigger a --conf='{"env":"dev*"}'`,
      `dags trigger a -c '{"env":"dev","env":"prod"}'`,
      DENIED_OR_FAULT,
      'a star would span keys, and Airflow uses the last one',
    ],
  ]);
});
