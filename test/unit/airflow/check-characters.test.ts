import { describe, expect, test } from 'vitest';
import { checkArgumentCharacters, checkCharacters } from '../../../airflow/check-characters.ts';

const DAG = { dest: 'dag_id' };
const TEXT = { dest: 'value' };
const escapeForTitle = (text: string) =>
  text.replace(/[^!-~]/g, (character) => `U+${character.charCodeAt(0).toString(16)}`);

describe('checkCharacters rejects a word that contains', () => {
  test.each<[text: string, message: RegExp]>([
    ['a\u0000b', /^The control character U\+0000 is not allowed in the command/],
    ['\u0008', /U\+0008/],
    ['\u000b', /U\+000B/],
    ['\r', /U\+000D/],
    ['\u001b[31m', /U\+001B/],
    ['\u001f', /U\+001F/],
    ['\u007f', /U\+007F/],
    ['\u0080', /U\+0080/],
    ['a\u009f', /U\+009F/],
    ['\ud800', /unpaired surrogate/],
    ['a\udc00b', /unpaired surrogate/],
  ])('%j', (text, message) => {
    expect(() => checkCharacters(text), escapeForTitle(text)).toThrow(
      expect.objectContaining({ code: 'forbidden-character', message: expect.stringMatching(message) }),
    );
  });
});

test.each(['', 'a b', 'a\tb\nc', '!~', '\u00a0', 'é', '\uffff', '😀'])('checkCharacters accepts "%s"', (text) => {
  expect(() => checkCharacters(text)).not.toThrow();
});

describe('checkArgumentCharacters', () => {
  test.each<[text: string, message: RegExp]>([
    ['a\tb', /U\+0009 is not allowed in dag_id/],
    ['a\n', /U\+000A/],
    ['\u0000', /U\+0000/],
    ['\u001f', /U\+001F/],
    ['\u007f', /U\+007F/],
    ['\u009f', /U\+009F/],
  ])('rejects every control character in an identifier: %j', (text, message) => {
    expect(() => checkArgumentCharacters(DAG, 'dag_id', text)).toThrow(
      expect.objectContaining({ code: 'forbidden-character', message: expect.stringMatching(message) }),
    );
  });

  test.each(['', 'a b', 'é', '\u00a0', '-', '---', '--x'])('accepts "%s" as an identifier', (text) => {
    expect(() => checkArgumentCharacters(DAG, 'dag_id', text)).not.toThrow();
  });

  test('accepts tabs and newlines in free text', () => {
    expect(() => checkArgumentCharacters(TEXT, 'value', 'a\tb\nc')).not.toThrow();
  });

  test.each([DAG, TEXT])('rejects the value "--" of $dest', (argument) => {
    expect(() => checkArgumentCharacters(argument, 'it', '--')).toThrow(
      expect.objectContaining({ code: 'invalid-value', message: expect.stringMatching(/^it cannot be "--"/) }),
    );
  });
});
