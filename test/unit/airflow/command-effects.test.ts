import { describe, expect, test } from 'vitest';
import { getPositionals, isRequired } from '../../../airflow/catalog.ts';
import {
  COMMAND_EFFECTS,
  findEffects,
  isReadOnlyCommand,
  startsWithReadOnlyCommand,
} from '../../../airflow/command-effects.ts';
import { EFFECT_DESCRIPTIONS, type Effect } from '../../../airflow/effect.ts';
import { matchCommand } from '../../../airflow/find-command.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { findArgumentEffect } from '../../../policy/option-effects.ts';

const ALL_CATALOGS = CATALOGS.releases().map((release) => CATALOGS.read(release));
const findUnclassified = (catalogs: readonly { commands: readonly { path: readonly string[] }[] }[]) =>
  catalogs.flatMap(({ commands }) =>
    commands.map(({ path }) => path.join(' ')).filter((path) => !Object.hasOwn(COMMAND_EFFECTS, path)),
  );

test('every command of every release is classified', () => {
  expect(ALL_CATALOGS.length).toBeGreaterThanOrEqual(16);
  expect(findUnclassified(ALL_CATALOGS)).toEqual([]);
  expect(findUnclassified([{ commands: [{ path: ['dags', 'list'] }, { path: ['dags', 'evict'] }] }])).toEqual([
    'dags evict',
  ]);
});

test('every classified command exists in a release', () => {
  const paths = new Set(ALL_CATALOGS.flatMap(({ commands }) => commands.map(({ path }) => path.join(' '))));
  expect(Object.keys(COMMAND_EFFECTS).filter((path) => !paths.has(path))).toEqual([]);
});

test('every command has an effect, and every effect has commands', () => {
  expect(Object.values(COMMAND_EFFECTS).filter((effects) => effects.length === 0)).toEqual([]);
  const used = new Set(Object.values(COMMAND_EFFECTS).flat());
  expect([...used].sort()).toEqual(Object.keys(EFFECT_DESCRIPTIONS).sort());
});

test('a command that reads has no effect but printing secrets', () => {
  const contradictions = Object.entries(COMMAND_EFFECTS).filter(
    ([, effects]) =>
      effects.includes('reads') && effects.some((effect) => effect !== 'reads' && effect !== 'prints-secrets'),
  );
  expect(contradictions).toEqual([]);
});

test('a command uses files exactly if it requires the name of a file', () => {
  const wrong = ALL_CATALOGS.flatMap(({ airflow, commands }) =>
    commands
      .filter((command) => {
        const namesFile = command.arguments.some(
          (argument) =>
            (argument.flags === undefined || isRequired(argument)) && findArgumentEffect(argument) === 'uses-files',
        );
        return namesFile !== findEffects(command.path, airflow).has('uses-files');
      })
      .map(({ path }) => `${airflow} ${path.join(' ')}`),
  );
  expect(wrong).toEqual([]);
});

test.each<[command: string, effects: Effect[]]>([
  ['dags list', ['reads']],
  ['list_dags', ['reads']],
  ['providers list', ['reads']],
  ['providers anything-new', []],
  ['variables get', ['reads', 'prints-secrets']],
  ['connections export', ['prints-secrets', 'uses-files']],
  ['dags test', ['runs-code', 'changes-state']],
  ['backfill create', ['controls-runs', 'costs-web-server']],
  ['dags trigger', ['starts-runs']],
  ['dags delete', ['destroys-data']],
  ['db shell', ['runs-code', 'destroys-data', 'prints-secrets']],
  ['rotate-fernet-key', ['changes-access']],
  ['variables set', ['changes-state']],
  ['constructor', []],
])('%s has the effects %j and is read-only only if it reads', (command, effects) => {
  const path = command.split(' ');
  expect([...findEffects(path, '2.10.3')]).toEqual(effects);
  expect(isReadOnlyCommand(path)).toBe(effects.includes('reads'));
});

test.each<[command: string, airflow: string, effects: Effect[]]>([
  ['tasks list', '3.2.1', ['reads', 'changes-state']],
  ['tasks render', '3.3.1', ['reads', 'prints-secrets', 'changes-state']],
  ['tasks list', '3.10.0', ['reads', 'changes-state']],
  ['tasks list', '3.0.6', ['reads']],
  ['tasks test', '2.11.2', ['runs-code']],
  ['tasks test', '3.0.6', ['runs-code', 'destroys-data']],
])('%s on Airflow %s has the effects %j', (command, airflow, effects) => {
  expect([...findEffects(command.split(' '), airflow)]).toEqual(effects);
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
  [['config'], true],
  [['config', 'update'], false],
  [['variables', 'list'], true],
  [['variables', '--get', 'x'], false],
  [['list_dags'], true],
  [['-v', 'dags', 'list'], false],
  [['airflow', 'dags', 'list'], false],
  [['dags', 'trigger', 'dags', 'list'], false],
  [['dags', 'trigger', 'x', '--conf', { a: 1 }], false],
  [[], false],
])('%j is read-only: %s', (argv, isReadOnly) => {
  expect(startsWithReadOnlyCommand(argv)).toBe(isReadOnly);
});
