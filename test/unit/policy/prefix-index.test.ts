import { expect, test } from 'vitest';
import { PrefixIndex } from '../../../policy/prefix-index.ts';

/** An index of texts under themselves. */
function indexOf(...prefixes: string[]): PrefixIndex<string> {
  const index = new PrefixIndex<string>();
  for (const prefix of prefixes) index.at(prefix, () => prefix);
  return index;
}

test.each<[text: string, found: string[]]>([
  ['abc', ['', 'a', 'ab', 'abc']],
  ['abd', ['', 'a', 'ab']],
  ['ab', ['', 'a', 'ab']],
  ['b', ['', 'b']],
  ['', ['']],
])('what "%s" begins with: %j', (text, found) => {
  expect([...indexOf('', 'a', 'b', 'ab', 'abc', 'xyz').prefixesOf(text)].sort()).toEqual(found);
});

test('a value is found once, however many texts are as long', () => {
  expect([...indexOf('ab', 'cd', 'ef').prefixesOf('abc')]).toEqual(['ab']);
});

test('a value is made once for a text and kept', () => {
  const index = new PrefixIndex<string[]>();
  index.at('a', () => []).push('first');
  index.at('a', () => []).push('second');
  expect([...index.prefixesOf('a')]).toEqual([['first', 'second']]);
});
