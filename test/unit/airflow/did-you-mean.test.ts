import { expect, test } from 'vitest';
import { findNearest, formatDidYouMean } from '../../../airflow/did-you-mean.ts';

test.each<[rule: string, word: string, candidates: string[], expected: string | undefined]>([
  ['the same word', 'list', ['pause', 'list'], 'list'],
  ['a letter too few', 'triger', ['test', 'trigger'], 'trigger'],
  ['a letter too many', 'pausse', ['pause', 'state'], 'pause'],
  ['another letter', 'lisp', ['list'], 'list'],
  ['another first letter', 'mist', ['list'], 'list'],
  ['two neighbors swapped is one slip', 'lsit', ['list'], 'list'],
  ['also at the front', 'ilst', ['list'], 'list'],
  ['also at the end', 'lits', ['list'], 'list'],
  ['and costs as little as one other letter', 'abdc', ['abcdxx', 'abcd'], 'abcd'],
  ['the nearer of two', 'stat', ['states', 'state'], 'state'],
  ['of two that are as near, the first', 'bat', ['cat', 'hat'], 'cat'],
  ['a short word bears one slip', 'ls', ['lst'], 'lst'],
  ['and not two', 'ls', ['list'], undefined],
  ['nor does a word of five letters', 'abcde', ['abcxy'], undefined],
  ['a word of six letters bears two', 'abcdef', ['abcdxy'], 'abcdxy'],
  ['and not three', 'abcdef', ['abcxyz'], undefined],
  ['two swaps are two slips', 'badcef', ['abcdef'], 'abcdef'],
  ['a letter that only moves up is no swap', 'ab', ['ca'], undefined],
  ['nor one that only moves down', 'ab', ['bc'], undefined],
  ['letters that are swapped and apart are two slips', 'cba', ['abc'], undefined],
  ['a word of nothing', '', ['a', 'ab'], 'a'],
  ['no word to choose from', 'list', [], undefined],
  ['a word of 64 letters', `${'a'.repeat(63)}b`, ['a'.repeat(64)], 'a'.repeat(64)],
  ['no word of 65 letters', `${'a'.repeat(64)}b`, ['a'.repeat(65)], undefined],
])('%s: %s among %j', (_rule, word, candidates, expected) => {
  expect(findNearest(word, candidates)).toBe(expected);
});

test('a sentence to append, or nothing', () => {
  expect(formatDidYouMean('lsit', ['list'])).toBe(' Did you mean "list"?');
  expect(formatDidYouMean('lsit', ['pause'])).toBe('');
});
