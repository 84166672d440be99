import { describe } from 'vitest';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, DENIED, FAULT, testCommandAttacks } from './run-attack.ts';

describe('attacks by the positions of arguments', () => {
  testCommandAttacks(AIRFLOW_2, [
    ['swapped arguments', 'tasks state a b *', 'tasks state b a x', DENIED, 'each position is matched separately'],
    [
      'a star for each argument',
      'tasks state a * *',
      'tasks state a b c',
      ALLOWED,
      'each position is matched separately',
    ],
    ['one star for two arguments', 'tasks state a *', 'tasks state a b c', FAULT, 'a star never spans arguments'],
    ['a glob too many in the rule', 'dags pause * *', 'dags pause a', FAULT, 'there is no such argument'],
    [
      'options around the arguments',
      'tasks state a b *',
      'tasks state -v a b c',
      ALLOWED,
      'the positions are the same',
    ],
    ['an option after --', 'tasks state a b *', 'tasks state -- a b c', ALLOWED, 'the positions are the same'],
    ['-- in the middle', 'tasks state a b *', 'tasks state a -- b c', ALLOWED, 'the positions are the same'],
    [
      'an optional argument that is not granted',
      'tasks test a b',
      'tasks test a b 2024-01-01',
      DENIED,
      'a different date',
    ],
    [
      'a required argument that is optional in Airflow',
      'tasks test a b manual__*',
      'tasks test a b',
      DENIED,
      'it is required',
    ],
    [
      'a command of neither rule',
      ['dags list', 'tasks state a b *'],
      'dags list-runs -d a',
      DENIED,
      'neither rule matches',
    ],
    [
      'a command of the second rule',
      ['dags list', 'tasks state a b *'],
      'tasks state a b c',
      ALLOWED,
      'one matching rule is enough',
    ],
    [
      'the command of one rule with the option of the other',
      ['dags trigger a --conf=*', 'dags trigger b --run-id=*'],
      'dags trigger a --run-id=x',
      DENIED,
      'rules are not combined',
    ],
    [
      'a file outside',
      'connections export /tmp/*',
      'connections export /tmp/../usr/local/airflow/dags/x.py',
      DENIED,
      'the path leaves the folder',
    ],
    ['a file inside', 'connections export /tmp/*', 'connections export /tmp/x.json', ALLOWED, 'the intended use'],
    [
      'a folder outside',
      'dags list --subdir=/opt/*',
      'dags list --subdir=/opt/../tmp',
      DENIED,
      'the path leaves the folder',
    ],
    [
      'a folder with dots in its name',
      'dags list --subdir=/opt/*',
      'dags list --subdir=/opt/a..b',
      ALLOWED,
      'it is not a parent folder',
    ],
  ]);
});
