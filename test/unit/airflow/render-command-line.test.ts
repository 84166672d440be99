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

describe('an invocation is written in one way', () => {
  test.each<[rule: string, args: Argument[], text: string, expected: string]>([
    ['options in the order of the release', [NAME, COUNT, QUIET], '-q a -c 1', '--count=1 --quiet a'],
    ['a switch by its long name', [QUIET], '-q', '--quiet'],
    ['a switch that turns off by its long name', [LOUD], '--no-loud', '--no-loud'],
    ['a switch of two spellings by the one that was used', [PULL], '--no-pull', '--no-pull'],
    ['a switch of two spellings by the last', [PULL], '--no-pull --pull', '--pull'],
    ['an option that repeats, once for each value', [EACH], '--each a --each=b', '--each=a --each=b'],
    ['many values as words', [MANY], '--many a b', '--many a b'],
    ['many values away from what follows', [NAME, MANY], 'x --many a b', '--many a b -- x'],
    ['an optional value that is absent', [MAYBE], '--maybe', '--maybe'],
    ['an optional value that begins with -, joined', [MAYBE], '--maybe=-x', '--maybe=-x'],
    ['an optional value away from what follows', [NAME, MAYBE], 'x --maybe', '--maybe -- x'],
    ['no -- where nothing follows', [NAME, MANY], '--many a -- x', '--many a -- x'],
    ['no -- that nothing needs', [NAME, COUNT], '-c 1 -- x', '--count=1 x'],
    ['-- before what begins with -', [NAME], '-- -x', '-- -x'],
    ['-- where one of several does', [NAME, OTHER], '-- x -y', '-- x -y'],
    [
      'JSON in ASCII without what shells read',
      [JSON_TEXT],
      `--json-text '"é$"'`,
      String.raw`--json-text='"\u00e9\u0024"'`,
    ],
  ])('%s', (_rule, args, text, expected) => {
    const catalog = createTestCatalog(...args);
    const line = renderCommandLine(parseInvocation(catalog, ['things', 'do', ...splitCommandLine(text)]));
    expect(line).toBe(`things do ${expected}`);
    expect(renderCommandLine(parseInvocation(catalog, splitCommandLine(line)))).toBe(line);
  });
});

describe('a word is quoted so that shlex and shells read it alike', () => {
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

  test('the name of an option stands outside the quotation', () => {
    expect(
      renderCommandLine(parseInvocation(createTestCatalog(COUNT), ['things', 'do', '--count', `a 'b' --c=d`])),
    ).toBe(`things do --count='a '"'"'b'"'"' --c=d'`);
  });
});
