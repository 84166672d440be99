import { expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalogue.ts';
import { isHarmless, isWide } from '../../../policy/options.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../airflow/catalogues.ts';

const all = [AIRFLOW_2, AIRFLOW_3].flatMap(({ commands }) => commands.flatMap((command) => command.arguments));
const flagsOf = (holds: (argument: Argument) => boolean) => [
  ...new Set(all.filter((one) => one.flags && holds(one)).map((one) => one.flags!.at(-1))),
];

test('what needs no mention in a grant changes how the answer looks and whether a question is asked', () => {
  expect(flagsOf(isHarmless).sort()).toEqual([
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
  (flag) => expect(flagsOf(isWide)).toContain(flag),
);

test.each(['--conf', '--run-id', '--dag-id', '--state', '--start-date', '--task-regex', '--only-failed'])(
  '%s is meant by --*',
  (flag) => expect(flagsOf(isWide)).not.toContain(flag),
);

test.each<[type: NonNullable<Argument['type']>, wide: boolean]>([
  ['file', true],
  ['directory', true],
  ['json', false],
  ['list', false],
  ['date', false],
])('an option of an unknown name that takes a %s reaches further than the arguments beside it: %s', (type, wide) => {
  expect(isWide({ flags: ['--unheard-of'], dest: 'unheard_of', type })).toBe(wide);
});

test('nothing is harmless and wide at once', () => {
  expect(all.filter((one) => isHarmless(one) && isWide(one))).toEqual([]);
});
