import { describe, expect, test } from 'vitest';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';

/** What Python's `shlex.split` answers. */
describe('a text is split as shlex splits it', () => {
  test.each<[rule: string, text: string, expected: string[]]>([
    ['nothing in nothing', '', []],
    ['nothing in spaces', '  ', []],
    ['space, tab, line end and carriage return part words', ' a  b\tc\nd\re ', ['a', 'b', 'c', 'd', 'e']],
    ['no other space parts them', 'a\fb\vc\u00a0d', ['a\fb\vc\u00a0d']],
    ['empty quotations are empty words', `'' ""`, ['', '']],
    ['an empty quotation adds nothing to a word', `a''b`, ['ab']],
    ['quotations and bare text join', `a"b c"'d e'f`, ['ab cd ef']],
    ['spaces stay within a quotation', `" a\t\n" ' b'`, [' a\t\n', ' b']],
    ['one quotation mark within the other', `"it's" 'say "x"'`, [`it's`, `say "x"`]],
    ['a backslash takes the next character, whatever it is', String.raw`\a\ b \\ \" \'`, ['a b', '\\', '"', `'`]],
    ['a backslash takes a line end too', 'a\\\nb', ['a\nb']],
    ['a backslash before the first character begins a word', String.raw`\ `, [' ']],
    ['within "…" a backslash takes " and itself', String.raw`"\"\\"`, ['"\\']],
    ['within "…" it stands for itself before anything else', String.raw`"\a\$\'"`, [String.raw`\a\$\'`]],
    [`within '…' it stands for itself`, String.raw`'\a\\'`, [String.raw`\a\\`]],
    ['nothing is expanded, nothing is a comment', `$'x' $(y) a#b # * ~`, ['$x', '$(y)', 'a#b', '#', '*', '~']],
  ])('%s', (_rule, text, expected) => expect(splitCommandLine(text)).toEqual(expected));

  test.each<[text: string, message: RegExp]>([
    ['a "b', /^A " in the command is not closed/],
    [`a 'b"`, /^A ' in the command is not closed/],
    ['"', /not closed/],
    ['a\\', /ends in a backslash: quote or remove it/],
    ['"a\\', /ends in a backslash/],
    [`'a\\`, /^A ' in the command is not closed/],
  ])('%s cannot be read', (text, message) => {
    expect(() => splitCommandLine(text)).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringMatching(message) }),
    );
  });
});
