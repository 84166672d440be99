import { describe, expect, test } from 'vitest';
import { checkArgumentCharacters, checkCharacters } from '../../../airflow/check-characters.ts';

const DAG = { dest: 'dag_id' };
const TEXT = { dest: 'value' };
const escapeForTitle = (text: string) =>
  text.replace(/[^!-~]/g, (character) => `U+${character.charCodeAt(0).toString(16)}`);

describe('checkCharacters rejects a word that contains', () => {
  test.each<[text: string, message: RegExp]>([
    ['a\u0000b', /^The control character U\+0000 is not allowed in word 2 of the command. Remove it.$/],
    ['--conf=\u0007', /U\+0007 is not allowed in word 2 of the command, --conf. Remove it.$/],
    ['\u0008', /U\+0008/],
    ['\u000b', /U\+000B/],
    ['\f', /U\+000C/],
    ['\u001b[31m', /U\+001B/],
    ['\u001f', /U\+001F/],
    ['\u007f', /U\+007F/],
    ['\u0080', /U\+0080/],
    ['a\u009f', /U\+009F/],
    ['\ud800', /^Word 2 of the command contains an unpaired surrogate/],
    ['a\udc00b', /unpaired surrogate/],
  ])('%j', (text, message) => {
    expect(() => checkCharacters(['x', text]), escapeForTitle(text)).toThrow(
      expect.objectContaining({ code: 'forbidden-character', message: expect.stringMatching(message) }),
    );
  });
});

test('checkCharacters names the option before a word, and not the word', () => {
  expect(() => checkCharacters(['variables', 'set', '--description', 'secret\u0000'])).toThrow(
    'The control character U+0000 is not allowed in word 4 of the command, after --description. Remove it.',
  );
});

test.each(['', 'a b', 'a\tb\nc', 'a\r\nb\r', '!~', '\u00a0', 'é', '\uffff', '😀'])(
  'checkCharacters accepts "%s"',
  (text) => {
    expect(() => checkCharacters([text])).not.toThrow();
  },
);

describe('checkArgumentCharacters', () => {
  test.each<[text: string, message: RegExp]>([
    ['a\tb', /U\+0009 is not allowed in dag_id/],
    ['a\n', /U\+000A/],
    ['a\r', /U\+000D is not allowed in dag_id. Remove it: .* Windows line ends/],
    ['a\r\nb', /U\+000D is not allowed in dag_id. Remove it.$/],
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

  test('accepts tabs and line ends in free text', () => {
    expect(() => checkArgumentCharacters(TEXT, 'value', 'a\tb\r\nc')).not.toThrow();
  });

  test.each([DAG, TEXT])('rejects the value "--" of $dest', (argument) => {
    expect(() => checkArgumentCharacters(argument, 'it', '--')).toThrow(
      expect.objectContaining({ code: 'invalid-value', message: expect.stringMatching(/^it cannot be "--"/) }),
    );
  });
});
