import { expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { isHarmlessOption, isWideOption } from '../../../policy/option-effects.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../airflow/catalogs.ts';

const allArguments = [AIRFLOW_2, AIRFLOW_3].flatMap(({ commands }) => commands.flatMap((command) => command.arguments));
const listFlags = (holds: (argument: Argument) => boolean) => [
  ...new Set(allArguments.filter((one) => one.flags && holds(one)).map((one) => one.flags!.at(-1))),
];

test('what needs no mention in a grant changes how the answer looks and whether a question is asked', () => {
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
  '%s is not meant by --*',
  (flag) => expect(listFlags(isWideOption)).toContain(flag),
);

test.each(['--conf', '--run-id', '--dag-id', '--state', '--start-date', '--task-regex', '--only-failed'])(
  '%s is meant by --*',
  (flag) => expect(listFlags(isWideOption)).not.toContain(flag),
);

test.each<[type: NonNullable<Argument['type']>, wide: boolean]>([
  ['file', true],
  ['directory', true],
  ['json', false],
  ['list', false],
  ['date', false],
])('an option of an unknown name that takes a %s reaches further than the arguments beside it: %s', (type, wide) => {
  expect(isWideOption({ flags: ['--unheard-of'], dest: 'unheard_of', type })).toBe(wide);
});

test('nothing is harmless and wide at once', () => {
  expect(allArguments.filter((one) => isHarmlessOption(one) && isWideOption(one))).toEqual([]);
});
