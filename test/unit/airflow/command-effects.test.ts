import { describe, expect, test } from 'vitest';
import { getPositionals } from '../../../airflow/catalog.ts';
import {
  isReadOnlyCommand,
  printsSecrets,
  runsDagCode,
  savesDagsToDatabase,
  startsWithReadOnlyCommand,
} from '../../../airflow/command-effects.ts';
import { matchCommand } from '../../../airflow/find-command.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test.each<[command: string, isReadOnly: boolean, hasSecrets: boolean, runsCode: boolean]>([
  ['dags list', true, false, false],
  ['dags state', true, false, false],
  ['version', true, false, false],
  ['list_dags', true, false, false],
  ['providers list', true, false, false],
  ['providers anything-new', true, false, false],
  ['variables list', true, false, false],
  ['variables get', true, true, false],
  ['connections get', true, true, false],
  ['config list', true, true, false],
  ['tasks render', true, true, false],
  ['render', true, true, false],
  ['connections export', false, true, false],
  ['variables export', false, true, false],
  ['dags test', false, false, true],
  ['tasks run', false, false, true],
  ['tasks test', false, false, true],
  ['dags backfill', false, false, true],
  ['run', false, false, true],
  ['backfill create', false, false, false],
  ['dags trigger', false, false, false],
  ['dags delete', false, false, false],
  ['variables set', false, false, false],
  ['db clean', false, false, false],
  ['things do', false, false, false],
])('%s is read-only: %s, prints secrets: %s, runs DAG code: %s', (command, isReadOnly, hasSecrets, runsCode) => {
  const path = command.split(' ');
  expect([isReadOnlyCommand(path), printsSecrets(path), runsDagCode(path)]).toEqual([isReadOnly, hasSecrets, runsCode]);
});

test.each<[command: string, airflow: string, saves: boolean]>([
  ['tasks list', '3.2.1', true],
  ['tasks render', '3.3.1', true],
  ['tasks list', '3.10.0', true],
  ['tasks list', '3.0.6', false],
  ['tasks list', '2.10.3', false],
  ['dags list', '3.3.1', false],
])('%s on Airflow %s saves DAGs to the database: %s', (command, airflow, saves) => {
  expect(savesDagsToDatabase(command.split(' '), airflow)).toBe(saves);
});

describe.each(CATALOGS.releases())('in Airflow %s, the first words show whether a command is read-only', (release) => {
  const catalog = CATALOGS.read(release)!;

  test('for every command', () => {
    const wrong = catalog.commands.filter(
      ({ path }) => startsWithReadOnlyCommand([...path, '--flag', 'word']) !== isReadOnlyCommand(path),
    );
    expect(wrong.map(({ path }) => path.join(' '))).toEqual([]);
  });

  test('for the read-only commands of other releases, which this release rejects or reads alike', () => {
    const paths = CATALOGS.releases()
      .flatMap((other) => CATALOGS.read(other)!.commands)
      .map(({ path }) => path)
      .filter(isReadOnlyCommand);
    const wrong = paths.filter((path) => {
      const command = matchCommand(catalog.commands, path);
      if (command === undefined || isReadOnlyCommand(command.path)) return false;
      // The rest of the path would be positional arguments.
      return getPositionals(command).length > 0;
    });
    expect(wrong).toEqual([]);
  });
});

test.each<[argv: unknown[], isReadOnly: boolean]>([
  [['dags', 'list'], true],
  [['dags', 'list-runs', '-d', 'x'], true],
  [['dags', 'list-all'], false],
  [['list_dags'], true],
  [['-v', 'dags', 'list'], false],
  [['airflow', 'dags', 'list'], false],
  [['dags', 'trigger', 'dags', 'list'], false],
  [['dags', 'trigger', 'x', '--conf', { a: 1 }], false],
  [[], false],
])('%j is read-only: %s', (argv, isReadOnly) => {
  expect(startsWithReadOnlyCommand(argv)).toBe(isReadOnly);
});
