import { expect, test } from 'vitest';
import {
  type Argument,
  findOption,
  formatUsage,
  getArgumentName,
  getPositionals,
  isSwitch,
} from '../../../airflow/catalog.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { createTestCatalog } from './create-test-catalog.ts';

const ARGUMENTS: Argument[] = [
  { dest: 'name' },
  { dest: 'when', arity: '?' },
  { dest: 'rest', arity: '*' },
  { dest: 'must', flags: ['-m', '--must'], required: true },
  { dest: 'color', flags: ['--color'], choices: ['on', 'off'] },
  { dest: 'some', flags: ['-s', '--some'], arity: '+', required: true },
  { dest: 'any', flags: ['--any'], arity: '*' },
  { dest: 'maybe', flags: ['--maybe'], arity: '?' },
  { dest: 'quiet', flags: ['-q', '--quiet'], action: 'store-true' },
  { dest: 'loud', flags: ['--no-loud'], action: 'store-false' },
  { dest: 'pull', flags: ['--pull', '--no-pull'], action: 'boolean-optional' },
  { dest: 'each', flags: ['--each'], action: 'append' },
];
const [command] = createTestCatalog(...ARGUMENTS).commands;

test('formatUsage contains every argument, with brackets around optional ones', () => {
  expect(formatUsage(command!)).toBe(
    'things do name [when] [rest …] --must MUST [--color on|off] --some SOME … [--any ANY …] [--maybe MAYBE] ' +
      '[--quiet] [--no-loud] [--no-pull] [--each EACH]',
  );
});

test('isSwitch is true for options without a value', () => {
  expect(ARGUMENTS.filter(isSwitch).map(({ dest }) => dest)).toEqual(['quiet', 'loud', 'pull']);
});

test.each<[argument: Argument, name: string]>([
  [{ dest: 'dag_id' }, 'dag_id'],
  [{ dest: 'conf', flags: ['-c', '--conf'] }, '--conf'],
  [{ dest: 'conf', flags: ['--conf', '-c'] }, '--conf'],
  [{ dest: 'x', flags: ['--ab', '--cd'] }, '--ab'],
])('the name of %j is %s', (argument, name) => expect(getArgumentName(argument)).toBe(name));

test('findOption finds an option by its exact spelling, and no positional argument', () => {
  expect(findOption(command!, '-m')).toBe(findOption(command!, '--must'));
  expect(findOption(command!, '--must')?.dest).toBe('must');
  expect(findOption(command!, '--mus')).toBeUndefined();
  expect(findOption(command!, 'name')).toBeUndefined();
  expect(getPositionals(command!).map(({ dest }) => dest)).toEqual(['name', 'when', 'rest']);
});

test('a refusal is an error with a code and a cause', () => {
  const cause = new Error('x');
  const refusal = new Refusal('empty', 'Send a command.', { cause });
  expect(refusal).toMatchObject({ name: 'Refusal', code: 'empty', message: 'Send a command.', cause });
});
