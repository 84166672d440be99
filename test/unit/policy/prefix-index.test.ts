import { expect, test } from 'vitest';
import { PrefixIndex } from '../../../policy/prefix-index.ts';

/** An index of texts under themselves. */
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
])('what "%s" begins with: %j', (text, found) => {
  expect([...createIndex('', 'a', 'b', 'ab', 'abc', 'xyz').findByPrefixesOf(text)].sort()).toEqual(found);
});

test('a value is found once, however many texts are as long', () => {
  expect([...createIndex('ab', 'cd', 'ef').findByPrefixesOf('abc')]).toEqual(['ab']);
});

test('a value is made once for a text and kept', () => {
  const index = new PrefixIndex<string[]>();
  index.getOrCreate('a', () => []).push('first');
  index.getOrCreate('a', () => []).push('second');
  expect([...index.findByPrefixesOf('a')]).toEqual([['first', 'second']]);
});
