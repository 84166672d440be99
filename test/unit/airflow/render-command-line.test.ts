import { describe, expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { renderArgv, renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { createTestCatalog } from './create-test-catalog.ts';

const NAME: Argument = { dest: 'name' };
const OTHER: Argument = { dest: 'other' };
const COUNT: Argument = { dest: 'count', flags: ['-c', '--count'] };
const MANY: Argument = { dest: 'many', flags: ['--many'], arity: '+' };
const MAYBE: Argument = { dest: 'maybe', flags: ['--maybe'], arity: '?' };
const QUIET: Argument = { dest: 'quiet', flags: ['-q', '--quiet'], action: 'store-true' };
const LOUD: Argument = { dest: 'loud', flags: ['--no-loud'], action: 'store-false' };
const PULL: Argument = { dest: 'pull', flags: ['--pull', '--no-pull'], action: 'boolean-optional' };
const EACH: Argument = { dest: 'each', flags: ['--each'], action: 'append' };
const JSON_TEXT: Argument = { dest: 'it', flags: ['--json-text'], type: 'json' };

describe('renders an invocation in its canonical form', () => {
  test.each<[behavior: string, args: Argument[], text: string, expected: string]>([
    ['options in the order of the catalog', [NAME, COUNT, QUIET], '-q a -c 1', '--count=1 --quiet a'],
    ['a switch by its long name', [QUIET], '-q', '--quiet'],
    ['a switch that turns off by its long name', [LOUD], '--no-loud', '--no-loud'],
    ['a switch with two spellings by the spelling used', [PULL], '--no-pull', '--no-pull'],
    ['a switch with two spellings by the last spelling used', [PULL], '--no-pull --pull', '--pull'],
    ['an option that appends, once for each value', [EACH], '--each a --each=b', '--each=a --each=b'],
    ['several values as separate words', [MANY], '--many a b', '--many a b'],
    ['-- between several values and an argument', [NAME, MANY], 'x --many a b', '--many a b -- x'],
    ['an optional value that is absent', [MAYBE], '--maybe', '--maybe'],
    ['an optional value that begins with -, attached', [MAYBE], '--maybe=-x', '--maybe=-x'],
    ['-- between an optional value and an argument', [NAME, MAYBE], 'x --maybe', '--maybe -- x'],
    ['-- only once', [NAME, MANY], '--many a -- x', '--many a -- x'],
    ['no -- if it is not needed', [NAME, COUNT], '-c 1 -- x', '--count=1 x'],
    ['-- before an argument that begins with -', [NAME], '-- -x', '-- -x'],
    ['-- before several arguments if one begins with -', [NAME, OTHER], '-- x -y', '-- x -y'],
    [
      'JSON in ASCII without characters that are special in a shell',
      [JSON_TEXT],
      `--json-text '"é$"'`,
      String.raw`--json-text='"\u00e9\u0024"'`,
    ],
  ])('%s', (_behavior, args, text, expected) => {
    const catalog = createTestCatalog(...args);
    const line = renderCommandLine(parseInvocation(catalog, ['things', 'do', ...splitCommandLine(text)]));
    expect(line).toBe(`things do ${expected}`);
    expect(renderCommandLine(parseInvocation(catalog, splitCommandLine(line)))).toBe(line);
  });
});

describe('quotes a word so that shlex and a POSIX shell read it alike', () => {
  test.each<[word: string, expected: string]>([
    ['aZ09_@%+=:,./-', 'aZ09_@%+=:,./-'],
    ['', `''`],
    ['a b', `'a b'`],
    [' ', `' '`],
    ['a"b', `'a"b'`],
    [`it's`, `'it'"'"'s'`],
    [`''`, `''"'"''"'"''`],
    ['a\nb', `'a\nb'`],
    ['$x', `'$x'`],
    ['x$', `'x$'`],
    ['é', `'é'`],
    ['x --y=z w', `'x --y=z w'`],
    ['-- x', `'-- x'`],
    ['=a b', `'=a b'`],
  ])('%j', (word, expected) => {
    const [command] = createTestCatalog(NAME).commands;
    const invocation = {
      command: command!,
      values: new Map([[command!.arguments[0]!, [word]]]),
      addedByProxy: new Set<Argument>(),
    };
    const line = renderCommandLine(invocation);
    expect(line.replace(/^things do (-- )?/, '')).toBe(expected);
    expect(splitCommandLine(line)).toEqual(renderArgv(invocation));
  });

  test('does not quote the name of an option', () => {
    expect(
      renderCommandLine(parseInvocation(createTestCatalog(COUNT), ['things', 'do', '--count', `a 'b' --c=d`])),
    ).toBe(`things do --count='a '"'"'b'"'"' --c=d'`);
  });
});
