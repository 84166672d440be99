import { describe, expect, test } from 'vitest';
import { parseGlob } from '../../../policy/glob.ts';

describe('a text with stars', () => {
  test.each<[rule: string, text: string, matches: string[], not: string[]]>([
    ['without a star stands for itself', 'abc', ['abc'], ['', 'ab', 'abcd', 'xabc', 'ABC']],
    ['that is empty stands for the empty text', '', [''], ['a']],
    ['of a star alone stands for anything, also nothing', '*', ['', 'a', 'a\nb'], []],
    ['of two stars is no more than one', '**', ['', 'a'], []],
    ['a star at the end', 'ab*', ['ab', 'abc', 'ab*'], ['a', 'xab']],
    ['a star at the front', '*ab', ['ab', 'cab'], ['b', 'abx']],
    ['a star between', 'ab*cd', ['abcd', 'ab-cd', 'abcdcd'], ['ab', 'cd', 'ab-c', 'b-cd']],
    ['one character does not serve head and tail at once', 'aba*aba', ['abaaba'], ['aba', 'ababa']],
    ['a piece between stars stands after the head', 'a*a*', ['aa', 'aba'], ['a', 'ab']],
    ['a piece between stars stands before the tail', 'a*bc*cd', ['abccd', 'abc-cd'], ['abcd', 'a-cd']],
    ['pieces stand in their order', '*a*b*', ['ab', 'xaybz'], ['ba', 'a', 'b']],
    ['pieces do not share characters', '*ab*ab*', ['abab', 'ab-ab'], ['ab', 'aba']],
    ['nothing else is special', 'a.[b]?+$^\\', ['a.[b]?+$^\\'], ['ax[b]?+$^\\', 'a.b']],
  ])('%s: %s', (_rule, text, matches, not) => {
    const { matches: match } = parseGlob(text);
    expect(matches.filter((value) => !match(value))).toEqual([]);
    expect(not.filter((value) => match(value))).toEqual([]);
  });

  /** Every text of at most so many of the letters. */
  const texts = (letters: string, longest: number): string[] => {
    let last = [''];
    const all = [''];
    for (let length = 1; length <= longest; length++) {
      last = last.flatMap((text) => [...letters].map((letter) => text + letter));
      all.push(...last);
    }
    return all;
  };

  test('matches what a regular expression with `.*` for each star matches', () => {
    const values = texts('ab', 6);
    for (const text of texts('ab*', 5)) {
      const expression = new RegExp(`^${text.replaceAll('*', '.*')}$`);
      const one = parseGlob(text);
      expect(values.filter((value) => one.matches(value) !== expression.test(value))).toEqual([]);
    }
  });
});

test.each<[text: string, head: string, matchesAll: boolean]>([
  ['abc', 'abc', false],
  ['ab*c*', 'ab', false],
  ['*c', '', false],
  ['c*', 'c', false],
  ['a**', 'a', false],
  ['**a', '', false],
  ['', '', false],
  ['*', '', true],
  ['***', '', true],
])('%s begins with "%s"; it is stars only: %s', (text, prefix, matchesAll) => {
  expect(parseGlob(text)).toMatchObject({ text, prefix, matchesAll });
});
