import { describe, expect, test } from 'vitest';
import { parseGlob } from '../../../policy/glob.ts';

describe('a glob', () => {
  test.each<[behavior: string, text: string, matching: string[], notMatching: string[]]>([
    ['without a star matches only itself', 'abc', ['abc'], ['', 'ab', 'abcd', 'xabc', 'ABC']],
    ['that is empty matches the empty text', '', [''], ['a']],
    ['of one star matches everything, including the empty text', '*', ['', 'a', 'a\nb'], []],
    ['of two stars matches the same as one', '**', ['', 'a'], []],
    ['with a star at the end', 'ab*', ['ab', 'abc', 'ab*'], ['a', 'xab']],
    ['with a star at the start', '*ab', ['ab', 'cab'], ['b', 'abx']],
    ['with a star in the middle', 'ab*cd', ['abcd', 'ab-cd', 'abcdcd'], ['ab', 'cd', 'ab-c', 'b-cd']],
    ['does not let prefix and suffix overlap', 'aba*aba', ['abaaba'], ['aba', 'ababa']],
    ['matches a piece between stars after the prefix only', 'a*a*', ['aa', 'aba'], ['a', 'ab']],
    ['matches a piece between stars before the suffix only', 'a*bc*cd', ['abccd', 'abc-cd'], ['abcd', 'a-cd']],
    ['matches pieces in order', '*a*b*', ['ab', 'xaybz'], ['ba', 'a', 'b']],
    ['does not let pieces overlap', '*ab*ab*', ['abab', 'ab-ab'], ['ab', 'aba']],
    ['treats every other character as ordinary', 'a.[b]?+$^\\', ['a.[b]?+$^\\'], ['ax[b]?+$^\\', 'a.b']],
  ])('%s: %s', (_behavior, text, matching, notMatching) => {
    const glob = parseGlob(text);
    expect(matching.filter((value) => !glob.matches(value))).toEqual([]);
    expect(notMatching.filter((value) => glob.matches(value))).toEqual([]);
  });

  /** Every text of the letters, up to a length. */
  const listTexts = (letters: string, longest: number): string[] => {
    let last = [''];
    const all = [''];
    for (let length = 1; length <= longest; length++) {
      last = last.flatMap((text) => [...letters].map((letter) => text + letter));
      all.push(...last);
    }
    return all;
  };

  test('matches what a regular expression with `.*` for each star matches', () => {
    const values = listTexts('ab', 6);
    for (const text of listTexts('ab*', 5)) {
      const expression = new RegExp(`^${text.replaceAll('*', '.*')}$`);
      const glob = parseGlob(text);
      expect(values.filter((value) => glob.matches(value) !== expression.test(value))).toEqual([]);
    }
  });
});

test.each<[text: string, prefix: string, matchesAll: boolean]>([
  ['abc', 'abc', false],
  ['ab*c*', 'ab', false],
  ['*c', '', false],
  ['c*', 'c', false],
  ['a**', 'a', false],
  ['**a', '', false],
  ['', '', false],
  ['*', '', true],
  ['***', '', true],
])('the prefix of "%s" is "%s"; it matches everything: %s', (text, prefix, matchesAll) => {
  expect(parseGlob(text)).toMatchObject({ text, prefix, matchesAll });
});
