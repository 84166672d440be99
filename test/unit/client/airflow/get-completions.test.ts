import { describe, expect, test } from 'vitest';
import { getCompletions } from '../../../../client/airflow/get-completions.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const catalog = CATALOGS.read('2.10.3');

describe('getCompletions', () => {
  const grantedCommands = [
    { command: 'dags trigger', options: ['--conf', '-c', '--output', '-o'] },
    { command: 'dags list', options: ['--output', '-o', '--verbose'] },
    { command: 'version', options: [] },
  ];

  test.each<[words: string[], completions: string[]]>([
    [[''], ['dags', 'version']],
    [['d'], ['dags']],
    [
      ['dags', ''],
      ['list', 'trigger'],
    ],
    [['dags', 'tr'], ['trigger']],
    [['dags', 'delete', '--'], []],
    [
      ['dags', 'list', '--'],
      ['--output', '--verbose'],
    ],
    [
      ['dags', 'list', '--output', ''],
      ['json', 'plain', 'table', 'yaml'],
    ],
    [['dags', 'list', '-o', 'j'], ['json']],
    [
      ['dags', 'list', '--output', '='],
      ['json', 'plain', 'table', 'yaml'],
    ],
    [['dags', 'list', '--output', '=', 'ya'], ['yaml']],
    [['dags', 'list', '--output=t'], ['--output=table']],
    [['dags', 'list', '--verbose', '--'], ['--output']],
    [['dags', 'trigger', '--conf', ''], []],
  ])('completes %j with granted commands, options and values', (words, completions) => {
    expect(getCompletions({ catalog, grantedCommands }, words).sort()).toEqual(completions);
  });

  test('offers all commands of the release if grants are unknown', () => {
    expect(getCompletions({ catalog }, ['users', 'd'])).toEqual(['delete']);
  });
});
