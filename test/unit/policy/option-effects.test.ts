import { expect, test } from 'vitest';
import type { Argument, Command } from '../../../airflow/catalog.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { findArgumentEffect, isHarmlessOption, isWideOption } from '../../../policy/option-effects.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

const allArguments = [AIRFLOW_2, AIRFLOW_3].flatMap(({ commands }) => commands.flatMap((command) => command.arguments));
const listFlags = (isIncluded: (argument: Argument) => boolean) => [
  ...new Set(
    allArguments.filter((argument) => argument.flags && isIncluded(argument)).map(({ flags }) => flags!.at(-1)),
  ),
];

const findUnclassified = (commands: readonly Pick<Command, 'arguments'>[]) => [
  ...new Set(
    commands
      .flatMap((command) => command.arguments)
      .filter((argument) => findArgumentEffect(argument) === undefined)
      .map(({ dest }) => dest),
  ),
];

test.each(CATALOGS.releases())('every argument of every command of Airflow %s is classified', (release) => {
  expect(findUnclassified(CATALOGS.read(release).commands)).toEqual([]);
});

test('an argument that nobody has classified is found, and is wide', () => {
  const unknown: Argument = { flags: ['--unheard-of'], dest: 'unheard_of' };
  expect(findUnclassified([{ arguments: [unknown, { dest: 'dag_id' }] }])).toEqual(['unheard_of']);
  expect(isWideOption(unknown)).toBe(true);
});

test('harmless options only change the output format or skip a confirmation prompt', () => {
  expect(listFlags(isHarmlessOption).sort()).toEqual([
    '--color',
    '--columns',
    '--no-replace-microseconds',
    '--output',
    '--verbose',
    '--yes',
  ]);
});

test.each(['--subdir', '--dag-regex', '--treat-dag-id-as-regex', '--bundle-name', '--save', '--pid', '--imgcat'])(
  '--* does not cover %s',
  (flag) => expect(listFlags(isWideOption)).toContain(flag),
);

test.each(['--conf', '--run-id', '--dag-id', '--state', '--start-date', '--task-regex', '--only-failed'])(
  '--* covers %s',
  (flag) => expect(listFlags(isWideOption)).not.toContain(flag),
);

test.each<[type: NonNullable<Argument['type']>]>([['file'], ['directory']])(
  'an unknown argument of type %s uses files',
  (type) => expect(findArgumentEffect({ dest: 'unheard_of', type })).toBe('uses-files'),
);

test('no option is both harmless and wide', () => {
  expect(allArguments.filter((argument) => isHarmlessOption(argument) && isWideOption(argument))).toEqual([]);
});
