import { describe, expect, test } from 'vitest';
import byRelease from '../../../../local/mwaa/listed-commands.json' with { type: 'json' };
import { getListedCommands, parseCommandName } from '../../../../local/mwaa/listed-commands.ts';

const ON_2 = [
  '2.0.2',
  '2.2.2',
  '2.4.3',
  '2.5.1',
  '2.6.3',
  '2.7.2',
  '2.8.1',
  '2.9.2',
  '2.10.1',
  '2.10.3',
  '2.11.0',
  '2.11.2',
];
const ON_3 = ['3.0.6', '3.2.1', '3.3.1'];

/** AWS's page as a table. `since` is the first minor version of 2.x that lists the commands. */
const ROWS: readonly (readonly [group: string, names: string, since: number | undefined, onAirflow3: boolean])[] = [
  ['assets', 'details list materialize', undefined, true],
  ['backfill', 'create', undefined, true],
  ['connections', 'add delete', 0, true],
  ['dags', 'backfill', 2, false],
  ['dags', 'delete list-jobs pause report show state test trigger unpause', 0, true],
  ['dags', 'list list-runs next-execution', 2, true],
  ['dags', 'reserialize', 4, true],
  ['dags', 'list-import-errors', 6, true],
  ['db', 'clean', 4, true],
  ['providers', 'behaviours get hooks links list widgets', 0, true],
  ['providers', 'secrets', 6, true],
  ['providers', 'triggerer', 7, true],
  ['providers', 'notifications', 8, true],
  ['roles', 'list', 0, true],
  ['roles', 'create add-perms del-perms', 6, true],
  ['tasks', 'clear failed-deps list render state states-for-dag-run test', 0, true],
  ['tasks', 'run', 0, false],
  ['variables', 'delete get list set', 0, true],
  ['', 'cheat-sheet version', 0, true],
];

describe('the commands that AWS lists', () => {
  test.each(ROWS)('%s %s are listed from 2.%s on', (group, names, since, onAirflow3) => {
    for (const name of names.split(' ')) {
      const command = `${group} ${name}`.trim();
      const releases = Object.keys(byRelease).filter((release) => getListedCommands(release).has(command));
      const expected = ON_2.filter((release) => since !== undefined && Number(release.split('.')[1]) >= since);
      expect(releases.filter((release) => release !== '1.10.12')).toEqual([...expected, ...(onAirflow3 ? ON_3 : [])]);
    }
  });

  test('are exactly those of the table', () => {
    const expectedCount = ROWS.filter(([, , , onAirflow3]) => onAirflow3).flatMap(([, names]) =>
      names.split(' '),
    ).length;
    expect(getListedCommands('3.0.6').size).toBe(expectedCount);
    expect([...getListedCommands('1.10.12')].sort().join(' ')).toBe(
      'backfill clear dag_state delete_dag list_dag_runs list_dags list_tasks next_execution pause pool render run show_dag task_failed_deps task_state test trigger_dag unpause variables version',
    );
  });

  test('are unknown for a release that MWAA never offered', () => {
    expect(() => getListedCommands('2.3.4')).toThrow('2.3.4');
  });
});

test.each([
  ['dags list --output=json', '2.10.3', 'dags list'],
  [`  dags   'trigger' x`, '2.10.3', 'dags trigger'],
  ['version', '2.10.3', 'version'],
  ['version dags delete x', '2.10.3', 'version'],
  ['users list', '2.10.3', 'users list'],
  ['trigger_dag daily', '1.10.12', 'trigger_dag'],
  ['', '2.10.3', ''],
])('%j on %s is the command %j', (text, release, command) => {
  expect(parseCommandName(text, getListedCommands(release))).toBe(command);
});
