import { describe, expect, test } from 'vitest';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';

/** The expected values are those of Python's `shlex.split`. */
describe('splits text as shlex does', () => {
  test.each<[behavior: string, text: string, expected: string[]]>([
    ['the empty text has no words', '', []],
    ['spaces contain no words', '  ', []],
    ['space, tab, newline and carriage return separate words', ' a  b\tc\nd\re ', ['a', 'b', 'c', 'd', 'e']],
    ['no other white space separates words', 'a\fb\vc\u00a0d', ['a\fb\vc\u00a0d']],
    ['empty quotes are empty words', `'' ""`, ['', '']],
    ['empty quotes add nothing to a word', `a''b`, ['ab']],
    ['adjacent quotes and plain text are joined', `a"b c"'d e'f`, ['ab cd ef']],
    ['spaces in quotes are kept', `" a\t\n" ' b'`, [' a\t\n', ' b']],
    ['a quote of the other kind is kept in quotes', `"it's" 'say "x"'`, [`it's`, `say "x"`]],
    ['a backslash escapes every next character', String.raw`\a\ b \\ \" \'`, ['a b', '\\', '"', `'`]],
    ['a backslash escapes a newline too', 'a\\\nb', ['a\nb']],
    ['an escaped space is a word', String.raw`\ `, [' ']],
    ['in double quotes a backslash escapes " and itself', String.raw`"\"\\"`, ['"\\']],
    ['in double quotes a backslash before any other character is kept', String.raw`"\a\$\'"`, [String.raw`\a\$\'`]],
    ['in single quotes a backslash is kept', String.raw`'\a\\'`, [String.raw`\a\\`]],
    ['there are no expansions and no comments', `$'x' $(y) a#b # * ~`, ['$x', '$(y)', 'a#b', '#', '*', '~']],
  ])('%s', (_behavior, text, expected) => expect(splitCommandLine(text)).toEqual(expected));

  test.each<[text: string, message: RegExp]>([
    ['a "b', /^A " in the command is not closed/],
    [`a 'b"`, /^A ' in the command is not closed/],
    ['"', /not closed/],
    ['a\\', /ends with a backslash\. Quote or remove it/],
    ['"a\\', /ends with a backslash/],
    [`'a\\`, /^A ' in the command is not closed/],
  ])('rejects %s', (text, message) => {
    expect(() => splitCommandLine(text)).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(message) }),
    );
  });
});
