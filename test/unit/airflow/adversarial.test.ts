import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { argvFromJson } from '../../../airflow/json-argv.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../../../airflow/refusal.ts';
import { renderArgv, renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from './create-test-catalog.ts';

/** What somebody sends who wants the text to be read in another way than it is authorized. */
type Row = [name: string, argv: readonly string[], expected: string | { refused: RefusalCode }];

const refusedWith = (code: RefusalCode) => ({ refused: code });

function testRows(catalog: Catalog, rows: readonly Row[]) {
  test.each(rows)('%s', (_name, argv, expected) => {
    const line = () => renderCommandLine(parseInvocation(catalog, argv));
    if (typeof expected !== 'string') {
      expect(line).toThrow(Refusal);
      expect(line).toThrow(expect.objectContaining({ code: expected.refused }));
      return;
    }
    expect(line()).toBe(expected);
    const again = parseInvocation(catalog, splitCommandLine(expected));
    expect(renderCommandLine(again)).toBe(expected);
    expect(renderArgv(again)).toEqual(splitCommandLine(expected));
  });
}

describe('an option hidden in a value', () => {
  testRows(AIRFLOW_2, [
    ['attached to an option that may stand alone', ['scheduler', '--pid=--stderr=/x'], 'scheduler --pid=--stderr=/x'],
    ['attached to its short flag', ['kerberos', '-k--daemon'], 'kerberos --keytab=--daemon'],
    ['attached by = to its short flag', ['kerberos', '-k=-D'], 'kerberos --keytab=-D'],
    [
      'attached to an option of many values',
      ['roles', 'del-perms', '--action=-rAdmin', '-r', 'DAGs', '--', 'Op'],
      'roles del-perms --action=-rAdmin --resource DAGs -- Op',
    ],
    [
      'many values, one a number',
      ['roles', 'del-perms', '-a', '-5', 'x', '-r', 'y', '--', 'Op'],
      'roles del-perms --action -5 x --resource y -- Op',
    ],
    [
      'many values, one with a space',
      ['roles', 'del-perms', '-a', '-r x', 'y', '-r', 'z', '--', 'Op'],
      refusedWith('unexpected-argument'),
    ],
    ['attached to an ordinary option', ['dags', 'list', '--subdir=--verbose'], 'dags list --subdir=--verbose'],
    ['not attached', ['dags', 'list', '--subdir', '--verbose'], refusedWith('missing-value')],
    ['not attached, with =', ['dags', 'trigger', 'd', '--run-id', '--conf={}'], refusedWith('missing-value')],
    ['in a positional argument', ['dags', 'trigger', '--', '--conf={}'], `dags trigger -- --conf='{}'`],
    ['with a space, as a positional argument', ['dags', 'trigger', '--conf {}'], `dags trigger -- '--conf {}'`],
    ['behind a space, of a short flag', ['dags', 'trigger', '-c {}'], refusedWith('missing-argument')],
    ['negative fraction in Arabic digits', ['dags', 'trigger', '-.٣'], "dags trigger -- '-.٣'"],
    ['a comma in a negative number', ['dags', 'trigger', '-1,5'], refusedWith('unknown-option')],
    ['negative number as a name', ['dags', 'trigger', '-5'], 'dags trigger -- -5'],
    ['negative number with an exponent', ['dags', 'trigger', '-5e3'], refusedWith('unknown-option')],
    ['negative number and a newline', ['dags', 'trigger', '-5\n'], refusedWith('forbidden-character')],
    ['negative number in Arabic digits', ['dags', 'trigger', '-٣'], "dags trigger -- '-٣'"],
    ['negative number in digits of Unicode 12', ['dags', 'trigger', '-\u{1e2f0}'], refusedWith('unknown-option')],
    ['a lone dash', ['dags', 'trigger', '-'], 'dags trigger -- -'],
    ['three dashes', ['dags', 'trigger', '---'], refusedWith('unknown-option')],
    ['a dash and =', ['dags', 'trigger', '-='], refusedWith('unknown-option')],
    ['two dashes and =', ['dags', 'trigger', '--=x'], refusedWith('abbreviated-option')],
  ]);
});

describe('the same option in other spellings', () => {
  testRows(AIRFLOW_2, [
    ['long with =', ['dags', 'trigger', 'd', '--run-id=r'], 'dags trigger --run-id=r d'],
    ['long and a word', ['dags', 'trigger', 'd', '--run-id', 'r'], 'dags trigger --run-id=r d'],
    ['short with =', ['dags', 'trigger', 'd', '-r=r'], 'dags trigger --run-id=r d'],
    ['short and attached', ['dags', 'trigger', 'd', '-rr'], 'dags trigger --run-id=r d'],
    ['short and a word', ['dags', 'trigger', '-r', 'r', 'd'], 'dags trigger --run-id=r d'],
    ['repeated: the last one counts', ['dags', 'trigger', 'd', '-r', 'a', '--run-id=b'], 'dags trigger --run-id=b d'],
    ['= in the value', ['dags', 'trigger', 'd', '--run-id=a=b'], 'dags trigger --run-id=a=b d'],
    ['= as the value', ['dags', 'trigger', 'd', '-r=='], 'dags trigger --run-id== d'],
    ['an empty value', ['dags', 'trigger', 'd', '--run-id='], 'dags trigger --run-id= d'],
    ['an empty word', ['dags', 'trigger', 'd', '--run-id', ''], 'dags trigger --run-id= d'],
    ['abbreviated', ['dags', 'trigger', 'd', '--run', 'r'], refusedWith('abbreviated-option')],
    ['abbreviated with =', ['dags', 'trigger', 'd', '--conf=1', '--no-repl'], refusedWith('abbreviated-option')],
    ['abbreviated, ambiguous', ['dags', 'trigger', 'd', '--'.concat('e')], refusedWith('abbreviated-option')],
    ['an abbreviation as a value', ['dags', 'trigger', 'd', '--run-id', '--con'], refusedWith('missing-value')],
    ['in capitals', ['dags', 'trigger', 'd', '--CONF={}'], refusedWith('unknown-option')],
    ['with _ for -', ['dags', 'trigger', 'd', '--run_id=r'], refusedWith('unknown-option')],
    ['one dash too many', ['dags', 'trigger', 'd', '---conf={}'], refusedWith('unknown-option')],
    ['joined switches', ['tasks', 'clear', 'd', '-yf'], 'tasks clear --only-failed --yes d'],
    ['joined with a value', ['tasks', 'clear', 'd', '-ytx'], 'tasks clear --task-regex=x --yes d'],
    ['joined with = and a value', ['tasks', 'clear', 'd', '-yt=x'], refusedWith('unknown-option')],
    ['joined, one unknown', ['tasks', 'clear', 'd', '-yQ'], refusedWith('unknown-option')],
    ['joined with help', ['tasks', 'clear', 'd', '-yh'], refusedWith('help')],
    ['joined with a number', ['tasks', 'clear', 'd', '-y1'], refusedWith('unknown-option')],
    ['a switch with a value', ['tasks', 'clear', 'd', '--yes=no'], refusedWith('unexpected-value')],
    ['a switch with an empty value', ['tasks', 'clear', 'd', '--yes='], refusedWith('unexpected-value')],
    ['a short switch with a value', ['tasks', 'clear', 'd', '-y=t'], refusedWith('unexpected-value')],
    ['a switch twice', ['tasks', 'clear', 'd', '-yy'], 'tasks clear --yes d'],
    ['a switch that is not there', ['tasks', 'clear', 'd', '--no-yes'], refusedWith('unknown-option')],
  ]);
});

describe('the end of the options', () => {
  testRows(AIRFLOW_2, [
    ['before the command', ['--', 'dags', 'list'], refusedWith('unknown-command')],
    ['inside the command', ['dags', '--', 'list'], refusedWith('unknown-command')],
    ['an option before the command', ['-v', 'dags', 'list'], refusedWith('unknown-command')],
    ['an option inside the command', ['dags', '-v', 'list'], refusedWith('unknown-command')],
    ['at the end', ['dags', 'trigger', 'd', '--'], 'dags trigger d'],
    ['at the end, after an option', ['dags', 'trigger', 'd', '-v', '--'], refusedWith('unexpected-argument')],
    ['twice', ['dags', 'trigger', '--', '--', 'd'], refusedWith('invalid-value')],
    ['as a value', ['dags', 'trigger', 'd', '--run-id', '--'], refusedWith('missing-value')],
    ['as an attached value', ['dags', 'trigger', 'd', '--run-id=--'], refusedWith('invalid-value')],
    ['as an attached value of a short flag', ['dags', 'trigger', 'd', '-r--'], refusedWith('invalid-value')],
    ['as a value of many', ['roles', 'create', 'a', '--', '--'], refusedWith('invalid-value')],
    ['between two positionals', ['tasks', 'list', '--', 'd', 'x'], refusedWith('unexpected-argument')],
    ['an option behind it', ['dags', 'trigger', '--', 'd', '--conf={}'], refusedWith('unexpected-argument')],
    ['between an option and its value', ['dags', 'trigger', '--run-id', '--', 'r'], refusedWith('missing-value')],
    ['positionals on both sides', ['tasks', 'failed-deps', 'd', '--', 't', '-x'], 'tasks failed-deps -- d t -x'],
    ['options around positionals', ['tasks', 'failed-deps', 'd', '-v', 't', 'r'], 'tasks failed-deps --verbose d t r'],
    [
      'options before one that may be left out',
      ['tasks', 'test', 'd', 't', '-n', 'x'],
      refusedWith('unexpected-argument'),
    ],
    ['options between those that may not', ['tasks', 'test', 'd', '-n', 't'], 'tasks test --dry-run d t'],
    ['nothing at all', [], refusedWith('empty')],
    ['an empty word', [''], refusedWith('unknown-command')],
    ['a command in one word', ['dags list'], refusedWith('unknown-command')],
  ]);
});

describe('characters that look like others, or like nothing', () => {
  testRows(AIRFLOW_2, [
    ['Cyrillic dags', ['dаgs', 'list'], refusedWith('unknown-command')],
    ['full-width dags', ['ｄａｇｓ', 'list'], refusedWith('unknown-command')],
    ['capitals', ['DAGS', 'LIST'], refusedWith('unknown-command')],
    ['a space around the command', [' dags', 'list'], refusedWith('unknown-command')],
    ['a no-break space', ['dags\u00a0list'], refusedWith('unknown-command')],
    ['a zero-width space in an option', ['dags', 'list', '--out\u200bput=json'], refusedWith('unknown-option')],
    ['Cyrillic in an option', ['dags', 'list', '--ѕubdir=/x'], refusedWith('unknown-option')],
    ['an em dash for two dashes is a name', ['dags', 'trigger', '—conf'], `dags trigger '—conf'`],
    ['a minus sign is a name', ['dags', 'trigger', '\u2212x'], `dags trigger '\u2212x'`],
    ['composed and decomposed stay apart', ['dags', 'trigger', 'e\u0301'], `dags trigger 'e\u0301'`],
    ['a line separator is no end of line', ['dags', 'trigger', 'a\u2028b'], `dags trigger 'a\u2028b'`],
    [
      'a choice with a byte order mark',
      ['connections', 'export', 'f', '--serialization-format', '\ufeffjson'],
      refusedWith('invalid-value'),
    ],
    [
      'a choice with spaces and capitals, as Airflow reads it',
      ['connections', 'export', 'f', '--serialization-format', ' JSON '],
      `connections export --serialization-format=' JSON ' f`,
    ],
    ['a choice in capitals', ['dags', 'list', '-o', 'JSON'], refusedWith('invalid-value')],
    ['a choice of nothing', ['dags', 'list', '-o', ''], refusedWith('invalid-value')],
    ['NUL', ['variables', 'set', 'k', 'a\0b'], refusedWith('forbidden-character')],
    ['carriage return', ['variables', 'set', 'k', 'a\rb'], refusedWith('forbidden-character')],
    ['escape', ['variables', 'set', 'k', '\u001b[31m'], refusedWith('forbidden-character')],
    ['next line (C1)', ['variables', 'set', 'k', 'a\u0085b'], refusedWith('forbidden-character')],
    ['half of a surrogate pair', ['variables', 'set', 'k', '\ud83d'], refusedWith('forbidden-character')],
    ['newline in a name', ['dags', 'trigger', 'a\nb'], refusedWith('forbidden-character')],
    ['newline in an option', ['dags', 'list', '--verbose\n'], refusedWith('unknown-option')],
    ['newline behind a number', ['pools', 'set', 'p', '5\n', 'd'], refusedWith('invalid-value')],
    ['tab in a run id', ['dags', 'trigger', 'd', '-r', 'a\tb'], refusedWith('forbidden-character')],
    ['newline in free text', ['variables', 'set', 'k', 'a\nb'], `variables set k 'a\nb'`],
  ]);
});

describe('text that a shell would run', () => {
  testRows(AIRFLOW_2, [
    ['substitution', ['dags', 'trigger', '$(id)'], `dags trigger '$(id)'`],
    ['backticks', ['dags', 'trigger', '`id`'], `dags trigger '\`id\`'`],
    ['a variable', ['dags', 'trigger', '$HOME'], `dags trigger '$HOME'`],
    ['a second command', ['dags', 'trigger', 'a; id'], `dags trigger 'a; id'`],
    ['a pipe and the background', ['dags', 'trigger', 'a|b&'], `dags trigger 'a|b&'`],
    ['a quote that ends the quotation', ['variables', 'set', 'k', `'; id; '`], `variables set k ''"'"'; id; '"'"''`],
    ['both quotes', ['variables', 'set', 'k', `"'`], `variables set k '"'"'"''`],
    ['a glob', ['dags', 'trigger', '*'], `dags trigger '*'`],
    ['braces', ['dags', 'trigger', '{a,b}'], `dags trigger '{a,b}'`],
    ['a home folder', ['dags', 'trigger', '~root'], `dags trigger '~root'`],
    ['a home folder behind =', ['dags', 'list', '--subdir=~'], `dags list --subdir='~'`],
    ['a comment', ['dags', 'trigger', '#x'], `dags trigger '#x'`],
    ['a backslash', ['dags', 'trigger', 'a\\'], `dags trigger 'a\\'`],
    ['history', ['variables', 'set', 'k', '!!'], `variables set k '!!'`],
    ['an assignment with a space', ['dags', 'trigger', '--', '--x=a b'], `dags trigger -- --x='a b'`],
    [
      'JSON: re-spelt',
      ['dags', 'trigger', 'd', '-c', `{"a":"'$\`!"}`],
      String.raw`dags trigger --conf='{"a":"\u0027\u0024\u0060\u0021"}' d`,
    ],
    [
      'JSON: a text beyond the basic plane',
      ['dags', 'trigger', 'd', '-c', '"😀"'],
      String.raw`dags trigger --conf='"\ud83d\ude00"' d`,
    ],
    [
      'JSON: numbers are left alone',
      ['dags', 'trigger', 'd', '-c', '[1.0,9007199254740993]'],
      `dags trigger --conf='[1.0,9007199254740993]' d`,
    ],
    [
      'JSON: repeated keys are left alone',
      ['dags', 'trigger', 'd', '-c', '{"a":1,"a":2}'],
      `dags trigger --conf='{"a":1,"a":2}' d`,
    ],
    [
      'JSON: prototype names are keys',
      ['dags', 'trigger', 'd', '-c', '{"__proto__":1}'],
      `dags trigger --conf='{"__proto__":1}' d`,
    ],
    ['JSON: a name of Python', ['dags', 'trigger', 'd', '-c', '{"a":NaN}'], refusedWith('invalid-value')],
    ['JSON: a byte order mark', ['dags', 'trigger', 'd', '-c', '\ufeff{}'], refusedWith('invalid-value')],
    ['JSON: nothing', ['dags', 'trigger', 'd', '-c', ''], refusedWith('invalid-value')],
    ['JSON: two values', ['dags', 'trigger', 'd', '-c', '{}{}'], refusedWith('invalid-value')],
    [
      'JSON: deeper than Python goes',
      ['dags', 'trigger', 'd', '-c', '['.repeat(1200) + ']'.repeat(1200)],
      refusedWith('invalid-value'),
    ],
    [
      'JSON: a longer number than Python reads',
      ['dags', 'trigger', 'd', '-c', '9'.repeat(4301)],
      refusedWith('invalid-value'),
    ],
    [
      'JSON: as many digits in a text',
      ['dags', 'trigger', 'd', '-c', `"\\"${'9'.repeat(4301)}"`],
      `dags trigger --conf='"\\"${'9'.repeat(4301)}"' d`,
    ],
    [
      'JSON: brackets in a text',
      ['dags', 'trigger', 'd', '-c', `"${'['.repeat(600)}"`],
      `dags trigger --conf='"${'['.repeat(600)}"' d`,
    ],
  ]);
});

describe('names that JavaScript knows', () => {
  testRows(AIRFLOW_2, [
    ['constructor, a command', ['constructor'], refusedWith('unknown-command')],
    ['__proto__, a command', ['__proto__', 'list'], refusedWith('unknown-command')],
    ['toString, in a group', ['dags', 'toString'], refusedWith('unknown-command')],
    ['--constructor', ['dags', 'list', '--constructor'], refusedWith('unknown-option')],
    ['--__proto__=x', ['dags', 'list', '--__proto__=x'], refusedWith('unknown-option')],
    ['__proto__, a choice', ['dags', 'list', '-o', '__proto__'], refusedWith('invalid-value')],
    ['__proto__, a name', ['dags', 'trigger', '__proto__'], 'dags trigger __proto__'],
    ['length, a number', ['dags', 'next-execution', 'd', '-n', 'length'], refusedWith('invalid-value')],
  ]);
});

describe('numbers', () => {
  const numbers: [string, boolean][] = [
    ['5', true],
    ['+5', true],
    ['007', true],
    ['0', false],
    ['-5', false],
    ['1_000', false],
    ['٣', false],
    [' 5', false],
    ['5 ', false],
    ['5.0', false],
    ['1e3', false],
    ['0x10', false],
    ['9'.repeat(19), false],
    ['', false],
  ];
  test.each(numbers)('a positive whole number: "%s": %s', (value, taken) => {
    const line = () =>
      renderCommandLine(parseInvocation(AIRFLOW_2, ['dags', 'next-execution', 'd', `--num-executions=${value}`]));
    if (taken) expect(line()).toBe(`dags next-execution --num-executions=${value} d`);
    else expect(line).toThrow(expect.objectContaining({ code: 'invalid-value' }));
  });
});

describe('arguments that no listed command has', () => {
  testRows(createTestCatalog({ flags: ['-p', '--pair'], dest: 'pair', arity: 2 }, { dest: 'name' }), [
    ['two values', ['things', 'do', 'n', '-p', 'a', 'b'], 'things do --pair a b -- n'],
    ['two values and a third word', ['things', 'do', '-p', 'a', 'b', 'n'], 'things do --pair a b -- n'],
    ['one value', ['things', 'do', 'n', '-p', 'a'], refusedWith('missing-value')],
    ['one value, attached', ['things', 'do', 'n', '--pair=a', 'b'], refusedWith('missing-value')],
    ['one that looks like an option', ['things', 'do', 'n', '-p', 'a', '--pair'], refusedWith('missing-value')],
  ]);
  testRows(
    createTestCatalog(
      { flags: ['--on', '--no-on'], dest: 'on', action: 'boolean-optional' },
      { flags: ['-x', '--ex'], dest: 'ex', action: 'append' },
    ),
    [
      ['a switch and its opposite: the last one counts', ['things', 'do', '--on', '--no-on'], 'things do --no-on'],
      ['and the other way round', ['things', 'do', '--no-on', '--on'], 'things do --on'],
      ['a switch with a value', ['things', 'do', '--no-on=1'], refusedWith('unexpected-value')],
      ['abbreviated', ['things', 'do', '--no-o'], refusedWith('abbreviated-option')],
      ['a list, one by one', ['things', 'do', '-xa', '--ex=-x', '-x', 'b'], 'things do --ex=a --ex=-x --ex=b'],
    ],
  );
});

describe('text', () => {
  test.each<[name: string, text: string, expected: string[] | RefusalCode]>([
    ['quotes inside a word', `a'b'"c"d`, ['abcd']],
    ['an empty quotation', `a '' ""`, ['a', '', '']],
    ['a backslash before a newline keeps it, as shlex does', 'a\\\nb', ['a\nb']],
    ['a backslash in single quotes', `'a\\'`, ['a\\']],
    ['a backslash in double quotes before another letter', `"a\\b\\$"`, ['a\\b\\$']],
    ['no comments', 'a #b', ['a', '#b']],
    ['no $-quotes', `$'a\\n'`, ['$a\\n']],
    ['no expansions', '$HOME $(id) {a,b} *', ['$HOME', '$(id)', '{a,b}', '*']],
    ['no operators', 'a;b && c', ['a;b', '&&', 'c']],
    ['a no-break space is no space', 'a\u00a0b', ['a\u00a0b']],
    ['a vertical tab is no space', 'a\u000bb', ['a\u000bb']],
    ['not closed', `'a`, 'unreadable'],
    ['not closed behind an escape', `"a\\"`, 'unreadable'],
    ['ends in a backslash', 'a\\', 'unreadable'],
    ['ends in a backslash in double quotes', '"a\\', 'unreadable'],
  ])('%s', (_name, text, expected) => {
    if (typeof expected !== 'string') expect(splitCommandLine(text)).toEqual(expected);
    else expect(() => splitCommandLine(text)).toThrow(expect.objectContaining({ code: expected }));
  });
});

test('what the proxy adds cannot be named by the caller in another place', () => {
  const run = (...argv: string[]) =>
    renderCommandLine(completeInvocation(parseInvocation(AIRFLOW_2, argv), 'json', 'ours'));

  expect(run('dags', 'trigger', '--', '--run-id=theirs')).toBe(
    'dags trigger --no-replace-microseconds --output=json --run-id=ours -- --run-id=theirs',
  );
  expect(run('dags', 'trigger', 'd', '-r', '')).toBe(
    'dags trigger --no-replace-microseconds --output=json --run-id= d',
  );
});

/** Runs to the end or to a refusal. Anything else is a crash. */
function runIgnoringRefusal(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/**
 * How much more work one large input is than 64 inputs that together are as large: about as much where work is in proportion,
 * about 64 times where it is quadratic. In processor time of this thread, the least of several runs, with the gate far from
 * both: a busy machine and a coarse clock do not decide.
 */
function measureGrowth<T>(make: (size: number) => T, run: (input: T) => unknown, size: number): number {
  const least = (input: T, times: number) => {
    const taken = [1, 2, 3].map(() => {
      const before = process.threadCpuUsage();
      for (let count = 0; count < times; count++) runIgnoringRefusal(() => run(input));
      const { user, system } = process.threadCpuUsage(before);
      return user + system;
    });
    return Math.max(Math.min(...taken), 1000);
  };
  const [small, large] = [make(size / 16), make(4 * size)];
  runIgnoringRefusal(() => run(small));
  return least(large, 1) / least(small, 64);
}

const QUADRATIC_GROWTH = 12;

describe('very much of it costs no more than in proportion, and never more than a refusal', () => {
  const many = (count: number, ...some: string[]) => Array.from({ length: count }, () => some).flat();
  const handle = (catalog: Catalog) => (argv: readonly string[]) => renderCommandLine(parseInvocation(catalog, argv));

  test.each<[name: string, argv: (size: number) => string[], size: number]>([
    ['a name', (size) => ['dags', 'trigger', 'a'.repeat(size)], 250_000],
    ['dashes', (size) => ['dags', 'trigger', '-'.repeat(size)], 250_000],
    ['quotes', (size) => ['variables', 'set', 'k', "'".repeat(size)], 100_000],
    ['almost a negative number', (size) => ['dags', 'trigger', `-${'1'.repeat(size)}x`], 250_000],
    ['almost a number', (size) => ['dags', 'backfill', 'd', `--delay-on-limit=${'1'.repeat(size)}x`], 10_000],
    [
      'almost a number, a point',
      (size) => ['dags', 'backfill', 'd', `--delay-on-limit=1.${'1'.repeat(size)}x`],
      10_000,
    ],
    ['almost a whole number', (size) => ['dags', 'next-execution', 'd', `-n${'1'.repeat(size)}x`], 250_000],
    ['almost JSON', (size) => ['dags', 'trigger', 'd', '-c', `"${'\\'.repeat(size)}`], 100_000],
    ['JSON brackets', (size) => ['dags', 'trigger', 'd', '-c', '['.repeat(size)], 100_000],
    ['JSON quotes', (size) => ['dags', 'trigger', 'd', '-c', JSON.stringify("'$".repeat(size))], 50_000],
    ['joined switches', (size) => ['dags', 'list', `-${'v'.repeat(size)}`], 10_000],
    ['switches', (size) => ['dags', 'list', ...many(size, '-v')], 5000],
    ['options', (size) => ['dags', 'trigger', 'd', ...many(size, '-r', 'x')], 5000],
    ['positionals', (size) => ['roles', 'create', ...many(size, 'x')], 10_000],
    ['positionals too many', (size) => ['dags', 'list', '--', ...many(size, 'x')], 10_000],
    ['positionals behind an option', (size) => ['dags', 'trigger', '-r', ...many(size, 'x')], 10_000],
    ['an unknown command', (size) => ['x'.repeat(size)], 250_000],
    ['an unknown second word', (size) => ['dags', 'x'.repeat(size)], 250_000],
    ['an unknown option', (size) => ['dags', 'list', `--${'x'.repeat(size)}`], 250_000],
  ])('%s', (_name, argv, size) => {
    expect(measureGrowth(argv, handle(AIRFLOW_2), size)).toBeLessThan(QUADRATIC_GROWTH);
  });

  test('options that collect', () => {
    expect(measureGrowth((size) => ['dags', 'list', ...many(size, '-B', 'x')], handle(AIRFLOW_3), 10_000)).toBeLessThan(
      QUADRATIC_GROWTH,
    );
  });

  test.each<[name: string, text: (size: number) => string]>([
    ['words of a text', (size) => 'a '.repeat(size)],
    ['quotations of a text', (size) => `'a'"b"`.repeat(size)],
    ['backslashes of a text', (size) => '\\a'.repeat(size)],
  ])('%s', (_name, text) => {
    expect(measureGrowth(text, splitCommandLine, 50_000)).toBeLessThan(QUADRATIC_GROWTH);
  });

  test('a planted quadratic is found', () => {
    const ambiguous = (text: string) => /^\d+\.?\d*$/.test(text);
    expect(measureGrowth((size) => `${'1'.repeat(size)}x`, ambiguous, 8000)).toBeGreaterThan(QUADRATIC_GROWTH);
  });

  test('a million words are no stack overflow', () => {
    const behind = ['roles', 'create', '--', ...many(1_000_000, 'x')];
    expect(renderArgv(parseInvocation(AIRFLOW_2, behind))).toHaveLength(1_000_002);
    expect(() => parseInvocation(AIRFLOW_2, ['dags', 'list', ...many(1_000_000, 'x')])).toThrow(Refusal);
  });

  test('a list that nests is a refusal, not a crash', () => {
    const deep = JSON.parse(`[${'['.repeat(100_000)}${']'.repeat(100_000)}]`);
    expect(() => argvFromJson(deep)).toThrow(expect.objectContaining({ code: 'unreadable' }));
  });
});
