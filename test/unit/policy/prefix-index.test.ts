import { expect, test } from 'vitest';
import { PrefixIndex } from '../../../policy/prefix-index.ts';

/** An index that stores each prefix under itself. */
function createIndex(...prefixes: string[]): PrefixIndex<string> {
  const index = new PrefixIndex<string>();
  for (const prefix of prefixes) index.getOrCreate(prefix, () => prefix);
  return index;
}

test.each<[text: string, found: string[]]>([
  ['abc', ['', 'a', 'ab', 'abc']],
  ['abd', ['', 'a', 'ab']],
  ['ab', ['', 'a', 'ab']],
  ['b', ['', 'b']],
  ['', ['']],
])('finds the prefixes of "%s": %j', (text, found) => {
  expect([...createIndex('', 'a', 'b', 'ab', 'abc', 'xyz').findByPrefixesOf(text)].sort()).toEqual(found);
});

test('finds a value once, even if several prefixes have the same length', () => {
  expect([...createIndex('ab', 'cd', 'ef').findByPrefixesOf('abc')]).toEqual(['ab']);
});

test('creates the value of a prefix once', () => {
  const index = new PrefixIndex<string[]>();
  index.getOrCreate('a', () => []).push('first');
  index.getOrCreate('a', () => []).push('second');
  expect([...index.findByPrefixesOf('a')]).toEqual([['first', 'second']]);
});
