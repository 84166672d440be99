import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PARTS } from '../../../bench/parts.ts';
import { readArguments } from '../../../bench/read-arguments.ts';

const NAMES = ['warm', 'cold'];

test.each([
  { args: [], parts: ['warm', 'cold'], rounds: undefined },
  { args: ['cold'], parts: ['cold'], rounds: undefined },
  { args: ['cold', 'cold', '--rounds', '3'], parts: ['cold'], rounds: 3 },
  { args: ['--rounds=60', 'warm', 'cold'], parts: ['warm', 'cold'], rounds: 60 },
])('reads $args', ({ args, parts, rounds }) => {
  expect(readArguments(args, NAMES)).toEqual({ parts, rounds });
});

test.each([
  [['hot'], 'Unknown parts: hot. Use warm, cold.'],
  [['toString', 'warm'], 'Unknown parts: toString. Use warm, cold.'],
  [['--rounds', '0'], 'not "0"'],
  [['--rounds', 'many'], 'not "many"'],
  [['--rounds', '1.5'], 'not "1.5"'],
  [['--rounds', ''], 'not ""'],
  [['--round', '5'], "Unknown option '--round'"],
])('rejects %j', (args, message) => {
  expect(() => readArguments(args, NAMES)).toThrow(message);
});

test('every part has a command, which installs the packages first', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(scripts.prebench).toBe(scripts.prestart);
  const commands = Object.entries(scripts).filter(([name]) => name.startsWith('bench:'));
  expect(commands).toEqual(Object.keys(PARTS).map((name) => [`bench:${name}`, `npm run -s bench -- ${name}`]));
});
