import { expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { isHarmlessOption, isWideOption } from '../../../policy/option-effects.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

const allArguments = [AIRFLOW_2, AIRFLOW_3].flatMap(({ commands }) => commands.flatMap((command) => command.arguments));
const listFlags = (isIncluded: (argument: Argument) => boolean) => [
  ...new Set(
    allArguments.filter((argument) => argument.flags && isIncluded(argument)).map(({ flags }) => flags!.at(-1)),
  ),
];

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

test.each<[type: NonNullable<Argument['type']>, wide: boolean]>([
  ['file', true],
  ['directory', true],
  ['json', false],
  ['list', false],
  ['date', false],
])('an unknown option of type %s is wide: %s', (type, wide) => {
  expect(isWideOption({ flags: ['--unheard-of'], dest: 'unheard_of', type })).toBe(wide);
});

test('no option is both harmless and wide', () => {
  expect(allArguments.filter((argument) => isHarmlessOption(argument) && isWideOption(argument))).toEqual([]);
});
