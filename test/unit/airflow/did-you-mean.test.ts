import { expect, test } from 'vitest';
import { findNearest, formatDidYouMean } from '../../../airflow/did-you-mean.ts';

test.each<[behavior: string, word: string, candidates: string[], expected: string | undefined]>([
  ['the same word', 'list', ['pause', 'list'], 'list'],
  ['a missing letter', 'triger', ['test', 'trigger'], 'trigger'],
  ['an extra letter', 'pausse', ['pause', 'state'], 'pause'],
  ['a wrong letter', 'lisp', ['list'], 'list'],
  ['a wrong first letter', 'mist', ['list'], 'list'],
  ['two swapped letters count as one edit', 'lsit', ['list'], 'list'],
  ['two swapped letters at the start', 'ilst', ['list'], 'list'],
  ['two swapped letters at the end', 'lits', ['list'], 'list'],
  ['a swap costs as much as one wrong letter', 'abdc', ['abcdxx', 'abcd'], 'abcd'],
  ['the more similar of two candidates', 'stat', ['states', 'state'], 'state'],
  ['the first of two equally similar candidates', 'bat', ['cat', 'hat'], 'cat'],
  ['one edit in a short word', 'ls', ['lst'], 'lst'],
  ['not two edits in a short word', 'ls', ['list'], undefined],
  ['not two edits in five letters', 'abcde', ['abcxy'], undefined],
  ['two edits in six letters', 'abcdef', ['abcdxy'], 'abcdxy'],
  ['not three edits in six letters', 'abcdef', ['abcxyz'], undefined],
  ['two swaps count as two edits', 'badcef', ['abcdef'], 'abcdef'],
  ['a letter that moves up is not a swap', 'ab', ['ca'], undefined],
  ['a letter that moves down is not a swap', 'ab', ['bc'], undefined],
  ['two swapped letters that are not adjacent count as two edits', 'cba', ['abc'], undefined],
  ['the empty word', '', ['a', 'ab'], 'a'],
  ['no candidates', 'list', [], undefined],
  ['a word of 64 letters', `${'a'.repeat(63)}b`, ['a'.repeat(64)], 'a'.repeat(64)],
  ['not a word of 65 letters', `${'a'.repeat(64)}b`, ['a'.repeat(65)], undefined],
])('%s: "%s" among %j', (_behavior, word, candidates, expected) => {
  expect(findNearest(word, candidates)).toBe(expected);
});

test('formatDidYouMean returns a sentence to append, or the empty text', () => {
  expect(formatDidYouMean('lsit', ['list'])).toBe(' Did you mean "list"?');
  expect(formatDidYouMean('lsit', ['pause'])).toBe('');
});
