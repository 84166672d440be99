import { describe } from 'vitest';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, DENIED, DENIED_OR_FAULT, testCommandAttacks } from './run-attack.ts';

describe('attacks by values that Airflow does not read as their text', () => {
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
      'a date that only Airflow reads',
      'tasks clear daily --start-date=2026-11-01.. --end-date=*',
      'tasks clear daily -s 2026-11-Jan',
      DENIED,
      'Airflow reads 11 January',
    ],
    [
      'a star in a date',
      'tasks clear daily --start-date=2026-11-*',
      'tasks clear daily -s 2026-11-05',
      DENIED_OR_FAULT,
      'see above',
    ],
    [
      'a date in a range',
      'tasks clear daily --start-date=2026-11-01..',
      'tasks clear daily -s 2026-11-05',
      ALLOWED,
      'inside',
    ],
    [
      'a date outside by its offset',
      'tasks clear daily --start-date=2026-11-01T00:00Z..',
      'tasks clear daily -s 2026-11-01T00:00+14:00',
      DENIED,
      'it is 31 October in UTC',
    ],
    [
      'a DAG id as a regular expression',
      'tasks clear reporting_* --dag-regex',
      ['tasks', 'clear', '-R', 'reporting_|.*'],
      DENIED_OR_FAULT,
      'Airflow reads a regular expression that matches every DAG',
    ],
    [
      'a date in place of a run id',
      'tasks state * * 2026-11-*',
      'tasks state a b 2026-11-Jan',
      DENIED_OR_FAULT,
      'Airflow reads 11 January',
    ],
    ['a number with more digits', 'pools set a 1* *', 'pools set a 1999999 x', DENIED_OR_FAULT, 'a different number'],
    [
      'a user in a URI',
      'connections add c --conn-uri=postgres://host*',
      'connections add c --conn-uri=postgres://host@evil',
      DENIED_OR_FAULT,
      'the host is evil',
    ],
    ['a second queue', 'celery worker -q=team_*', 'celery worker -q team_a,billing', DENIED, 'Airflow reads a list'],
    [
      'a home folder',
      'variables import *.json',
      'variables import ~root/x.json',
      DENIED,
      'Airflow or the shell may replace it by another folder',
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
