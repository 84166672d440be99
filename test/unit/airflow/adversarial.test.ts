import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../../../airflow/refusal.ts';
import { renderArgv, renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';
import { createTestCatalog } from './create-test-catalog.ts';

/** An argv that tries to be executed differently from what was authorized, and the expected command line or refusal code. */
type Attack = [name: string, argv: readonly string[], expected: string | { refused: RefusalCode }];

const refusedWith = (code: RefusalCode) => ({ refused: code });

function testAttacks(catalog: Catalog, attacks: readonly Attack[]) {
  test.each(attacks)('%s', (_name, argv, expected) => {
    const render = () => renderCommandLine(parseInvocation(catalog, argv));
    if (typeof expected !== 'string') {
      expect(render).toThrow(Refusal);
      expect(render).toThrow(expect.objectContaining({ code: expected.refused }));
      return;
    }
    expect(render()).toBe(expected);
    const parsedAgain = parseInvocation(catalog, splitCommandLine(expected));
    expect(renderCommandLine(parsedAgain)).toBe(expected);
    expect(renderArgv(parsedAgain)).toEqual(splitCommandLine(expected));
  });
}

describe('an option hidden in a value', () => {
  testAttacks(AIRFLOW_2, [
    ['attached to an option with an optional value', ['scheduler', '--pid=--stderr=/x'], 'scheduler --pid=--stderr=/x'],
    ['attached to its short flag', ['kerberos', '-k--daemon'], 'kerberos --keytab=--daemon'],
    ['attached by = to its short flag', ['kerberos', '-k=-D'], 'kerberos --keytab=-D'],
    [
      'attached to an option with several values',
      ['roles', 'del-perms', '--action=-rAdmin', '-r', 'DAGs', '--', 'Op'],
      'roles del-perms --action=-rAdmin --resource DAGs -- Op',
    ],
    [
      'several values, one of them a number',
      ['roles', 'del-perms', '-a', '-5', 'x', '-r', 'y', '--', 'Op'],
      'roles del-perms --action -5 x --resource y -- Op',
    ],
    [
      'several values, one of them with a space',
      ['roles', 'del-perms', '-a', '-r x', 'y', '-r', 'z', '--', 'Op'],
      refusedWith('unexpected-argument'),
    ],
    ['attached to an ordinary option', ['dags', 'list', '--subdir=--verbose'], 'dags list --subdir=--verbose'],
    ['not attached', ['dags', 'list', '--subdir', '--verbose'], refusedWith('missing-value')],
    ['not attached, with =', ['dags', 'trigger', 'd', '--run-id', '--conf={}'], refusedWith('missing-value')],
    ['in a positional argument', ['dags', 'trigger', '--', '--conf={}'], `dags trigger -- --conf='{}'`],
    ['with a space, in a positional argument', ['dags', 'trigger', '--conf {}'], `dags trigger -- '--conf {}'`],
    ['after a space, with a short flag', ['dags', 'trigger', '-c {}'], refusedWith('missing-argument')],
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

describe('the same option in another spelling', () => {
  testAttacks(AIRFLOW_2, [
    ['long with =', ['dags', 'trigger', 'd', '--run-id=r'], 'dags trigger --run-id=r d'],
    ['long with a separate value', ['dags', 'trigger', 'd', '--run-id', 'r'], 'dags trigger --run-id=r d'],
    ['short with =', ['dags', 'trigger', 'd', '-r=r'], 'dags trigger --run-id=r d'],
    ['short with an attached value', ['dags', 'trigger', 'd', '-rr'], 'dags trigger --run-id=r d'],
    ['short with a separate value', ['dags', 'trigger', '-r', 'r', 'd'], 'dags trigger --run-id=r d'],
    ['repeated: the last one counts', ['dags', 'trigger', 'd', '-r', 'a', '--run-id=b'], 'dags trigger --run-id=b d'],
    ['= in the value', ['dags', 'trigger', 'd', '--run-id=a=b'], 'dags trigger --run-id=a=b d'],
    ['= as the value', ['dags', 'trigger', 'd', '-r=='], 'dags trigger --run-id== d'],
    ['an empty value', ['dags', 'trigger', 'd', '--run-id='], refusedWith('invalid-value')],
    ['an empty separate value', ['dags', 'trigger', 'd', '--run-id', ''], refusedWith('invalid-value')],
    ['abbreviated', ['dags', 'trigger', 'd', '--run', 'r'], refusedWith('abbreviated-option')],
    ['abbreviated with =', ['dags', 'trigger', 'd', '--conf=1', '--no-repl'], refusedWith('abbreviated-option')],
    ['abbreviated, ambiguous', ['dags', 'trigger', 'd', '--'.concat('e')], refusedWith('abbreviated-option')],
    ['an abbreviation as a value', ['dags', 'trigger', 'd', '--run-id', '--con'], refusedWith('missing-value')],
    ['in capitals', ['dags', 'trigger', 'd', '--CONF={}'], refusedWith('unknown-option')],
    ['with _ instead of -', ['dags', 'trigger', 'd', '--run_id=r'], refusedWith('unknown-option')],
    ['with three dashes', ['dags', 'trigger', 'd', '---conf={}'], refusedWith('unknown-option')],
    ['joined switches', ['tasks', 'clear', 'd', '-yf'], 'tasks clear --only-failed --yes d'],
    ['joined with a value', ['tasks', 'clear', 'd', '-ytx'], 'tasks clear --task-regex=x --yes d'],
    ['joined with = and a value', ['tasks', 'clear', 'd', '-yt=x'], refusedWith('unknown-option')],
    ['joined with an unknown switch', ['tasks', 'clear', 'd', '-yQ'], refusedWith('unknown-option')],
    ['joined with help', ['tasks', 'clear', 'd', '-yh'], refusedWith('help')],
    ['joined with a number', ['tasks', 'clear', 'd', '-y1'], refusedWith('unknown-option')],
    ['a switch with a value', ['tasks', 'clear', 'd', '--yes=no'], refusedWith('unexpected-value')],
    ['a switch with an empty value', ['tasks', 'clear', 'd', '--yes='], refusedWith('unexpected-value')],
    ['a short switch with a value', ['tasks', 'clear', 'd', '-y=t'], refusedWith('unexpected-value')],
    ['a switch twice', ['tasks', 'clear', 'd', '-yy'], 'tasks clear --yes d'],
    ['the opposite of a switch that has none', ['tasks', 'clear', 'd', '--no-yes'], refusedWith('unknown-option')],
  ]);
});

describe('-- and the order of options and arguments', () => {
  testAttacks(AIRFLOW_2, [
    ['-- before the command', ['--', 'dags', 'list'], refusedWith('unknown-command')],
    ['-- inside the command', ['dags', '--', 'list'], refusedWith('unknown-command')],
    ['an option before the command', ['-v', 'dags', 'list'], refusedWith('unknown-command')],
    ['an option inside the command', ['dags', '-v', 'list'], refusedWith('unknown-command')],
    ['-- at the end', ['dags', 'trigger', 'd', '--'], 'dags trigger d'],
    ['-- at the end, after an option', ['dags', 'trigger', 'd', '-v', '--'], refusedWith('unexpected-argument')],
    ['-- twice', ['dags', 'trigger', '--', '--', 'd'], refusedWith('invalid-value')],
    ['-- as a value', ['dags', 'trigger', 'd', '--run-id', '--'], refusedWith('missing-value')],
    ['-- as an attached value', ['dags', 'trigger', 'd', '--run-id=--'], refusedWith('invalid-value')],
    ['-- as an attached value of a short flag', ['dags', 'trigger', 'd', '-r--'], refusedWith('invalid-value')],
    ['-- as one of several values', ['roles', 'create', 'a', '--', '--'], refusedWith('invalid-value')],
    ['-- and an argument too many', ['tasks', 'list', '--', 'd', 'x'], refusedWith('unexpected-argument')],
    ['an option after --', ['dags', 'trigger', '--', 'd', '--conf={}'], refusedWith('unexpected-argument')],
    ['-- between an option and its value', ['dags', 'trigger', '--run-id', '--', 'r'], refusedWith('missing-value')],
    ['arguments on both sides of --', ['tasks', 'failed-deps', 'd', '--', 't', '-x'], 'tasks failed-deps -- d t -x'],
    ['options between arguments', ['tasks', 'failed-deps', 'd', '-v', 't', 'r'], 'tasks failed-deps --verbose d t r'],
    ['options before an optional argument', ['tasks', 'test', 'd', 't', '-n', 'x'], refusedWith('unexpected-argument')],
    ['options between required arguments', ['tasks', 'test', 'd', '-n', 't'], 'tasks test --dry-run d t'],
    ['an empty argv', [], refusedWith('empty')],
    ['an empty command', [''], refusedWith('unknown-command')],
    ['a command in one word', ['dags list'], refusedWith('unknown-command')],
  ]);
});

describe('confusable and invisible characters', () => {
  testAttacks(AIRFLOW_2, [
    ['Cyrillic dags', ['dаgs', 'list'], refusedWith('unknown-command')],
    ['full-width dags', ['ｄａｇｓ', 'list'], refusedWith('unknown-command')],
    ['capitals', ['DAGS', 'LIST'], refusedWith('unknown-command')],
    ['a space around the command', [' dags', 'list'], refusedWith('unknown-command')],
    ['a no-break space', ['dags\u00a0list'], refusedWith('unknown-command')],
    ['a zero-width space in an option', ['dags', 'list', '--out\u200bput=json'], refusedWith('unknown-option')],
    ['Cyrillic in an option', ['dags', 'list', '--ѕubdir=/x'], refusedWith('unknown-option')],
    ['an em dash instead of two dashes is part of a name', ['dags', 'trigger', '—conf'], `dags trigger '—conf'`],
    ['a Unicode minus sign is part of a name', ['dags', 'trigger', '\u2212x'], `dags trigger '\u2212x'`],
    ['a decomposed letter is not normalized', ['dags', 'trigger', 'e\u0301'], `dags trigger 'e\u0301'`],
    ['a line separator is not a newline', ['dags', 'trigger', 'a\u2028b'], `dags trigger 'a\u2028b'`],
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
    ['an empty choice', ['dags', 'list', '-o', ''], refusedWith('invalid-value')],
    ['NUL', ['variables', 'set', 'k', 'a\0b'], refusedWith('forbidden-character')],
    ['carriage return in a name', ['variables', 'set', 'k\r', 'a'], refusedWith('forbidden-character')],
    ['escape', ['variables', 'set', 'k', '\u001b[31m'], refusedWith('forbidden-character')],
    ['next line (C1)', ['variables', 'set', 'k', 'a\u0085b'], refusedWith('forbidden-character')],
    ['an unpaired surrogate', ['variables', 'set', 'k', '\ud83d'], refusedWith('forbidden-character')],
    ['newline in a name', ['dags', 'trigger', 'a\nb'], refusedWith('forbidden-character')],
    ['newline in an option', ['dags', 'list', '--verbose\n'], refusedWith('unknown-option')],
    ['newline after a number', ['pools', 'set', 'p', '5\n', 'd'], refusedWith('invalid-value')],
    ['tab in a run id', ['dags', 'trigger', 'd', '-r', 'a\tb'], refusedWith('forbidden-character')],
    ['carriage returns in free text', ['variables', 'set', 'k', 'a\r\nb\r'], `variables set k 'a\r\nb\r'`],
    ['carriage returns in JSON', ['dags', 'trigger', 'd', '-c', '{\r\n}\r'], `dags trigger --conf='{\r\n}\r' d`],
    ['carriage return in a JSON string', ['dags', 'trigger', 'd', '-c', '"\r"'], refusedWith('invalid-value')],
    ['carriage return after an option', ['dags', 'list', '--verbose\r'], refusedWith('unknown-option')],
    ['carriage return after a choice', ['dags', 'list', '-o', 'json\r'], refusedWith('invalid-value')],
    ['carriage return after a number', ['pools', 'set', 'p', '5\r', 'd'], refusedWith('invalid-value')],
    ['newline in free text', ['variables', 'set', 'k', 'a\nb'], `variables set k 'a\nb'`],
  ]);
});

describe('text that a shell would interpret', () => {
  testAttacks(AIRFLOW_2, [
    ['substitution', ['dags', 'trigger', '$(id)'], `dags trigger '$(id)'`],
    ['backticks', ['dags', 'trigger', '`id`'], `dags trigger '\`id\`'`],
    ['a variable', ['dags', 'trigger', '$HOME'], `dags trigger '$HOME'`],
    ['a second command', ['dags', 'trigger', 'a; id'], `dags trigger 'a; id'`],
    ['a pipe and the background', ['dags', 'trigger', 'a|b&'], `dags trigger 'a|b&'`],
    ['a quote that would end the quoting', ['variables', 'set', 'k', `'; id; '`], `variables set k ''"'"'; id; '"'"''`],
    ['both quotes', ['variables', 'set', 'k', `"'`], `variables set k '"'"'"''`],
    ['a glob', ['dags', 'trigger', '*'], `dags trigger '*'`],
    ['braces', ['dags', 'trigger', '{a,b}'], `dags trigger '{a,b}'`],
    ['a home folder', ['dags', 'trigger', '~root'], `dags trigger '~root'`],
    ['a home folder after =', ['dags', 'list', '--subdir=~'], `dags list --subdir='~'`],
    ['a comment', ['dags', 'trigger', '#x'], `dags trigger '#x'`],
    ['a backslash', ['dags', 'trigger', 'a\\'], `dags trigger 'a\\'`],
    ['history expansion', ['variables', 'set', 'k', '!!'], `variables set k '!!'`],
    ['an assignment with a space', ['dags', 'trigger', '--', '--x=a b'], `dags trigger -- --x='a b'`],
    [
      'JSON: special characters are escaped',
      ['dags', 'trigger', 'd', '-c', `{"a":"'$\`!"}`],
      String.raw`dags trigger --conf='{"a":"\u0027\u0024\u0060\u0021"}' d`,
    ],
    [
      'JSON: a character outside the basic multilingual plane',
      ['dags', 'trigger', 'd', '-c', '"😀"'],
      String.raw`dags trigger --conf='"\ud83d\ude00"' d`,
    ],
    [
      'JSON: numbers are not changed',
      ['dags', 'trigger', 'd', '-c', '[1.0,9007199254740993]'],
      `dags trigger --conf='[1.0,9007199254740993]' d`,
    ],
    [
      'JSON: repeated keys are not changed',
      ['dags', 'trigger', 'd', '-c', '{"a":1,"a":2}'],
      `dags trigger --conf='{"a":1,"a":2}' d`,
    ],
    [
      'JSON: __proto__ is an ordinary key',
      ['dags', 'trigger', 'd', '-c', '{"__proto__":1}'],
      `dags trigger --conf='{"__proto__":1}' d`,
    ],
    ['JSON: NaN', ['dags', 'trigger', 'd', '-c', '{"a":NaN}'], refusedWith('invalid-value')],
    ['JSON: a byte order mark', ['dags', 'trigger', 'd', '-c', '\ufeff{}'], refusedWith('invalid-value')],
    ['JSON: an empty string', ['dags', 'trigger', 'd', '-c', ''], refusedWith('invalid-value')],
    ['JSON: two values', ['dags', 'trigger', 'd', '-c', '{}{}'], refusedWith('invalid-value')],
    [
      'JSON: more levels of nesting than Python reads',
      ['dags', 'trigger', 'd', '-c', '['.repeat(1200) + ']'.repeat(1200)],
      refusedWith('invalid-value'),
    ],
    [
      'JSON: a longer number than Python reads',
      ['dags', 'trigger', 'd', '-c', '9'.repeat(4301)],
      refusedWith('invalid-value'),
    ],
    [
      'JSON: as many digits in a string',
      ['dags', 'trigger', 'd', '-c', `"\\"${'9'.repeat(4301)}"`],
      `dags trigger --conf='"\\"${'9'.repeat(4301)}"' d`,
    ],
    [
      'JSON: brackets in a string',
      ['dags', 'trigger', 'd', '-c', `"${'['.repeat(600)}"`],
      `dags trigger --conf='"${'['.repeat(600)}"' d`,
    ],
  ]);
});

describe('names of JavaScript properties', () => {
  testAttacks(AIRFLOW_2, [
    ['constructor as a command', ['constructor'], refusedWith('unknown-command')],
    ['__proto__ as a command', ['__proto__', 'list'], refusedWith('unknown-command')],
    ['toString as a subcommand', ['dags', 'toString'], refusedWith('unknown-command')],
    ['--constructor', ['dags', 'list', '--constructor'], refusedWith('unknown-option')],
    ['--__proto__=x', ['dags', 'list', '--__proto__=x'], refusedWith('unknown-option')],
    ['__proto__ as a choice', ['dags', 'list', '-o', '__proto__'], refusedWith('invalid-value')],
    ['__proto__ as a name', ['dags', 'trigger', '__proto__'], 'dags trigger __proto__'],
    ['length as a number', ['dags', 'next-execution', 'd', '-n', 'length'], refusedWith('invalid-value')],
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
  test.each(numbers)('the positive integer "%s" is accepted: %s', (value, isAccepted) => {
    const render = () =>
      renderCommandLine(parseInvocation(AIRFLOW_2, ['dags', 'next-execution', 'd', `--num-executions=${value}`]));
    if (isAccepted) expect(render()).toBe(`dags next-execution --num-executions=${value} d`);
    else expect(render).toThrow(expect.objectContaining({ code: 'invalid-value' }));
  });
});

describe('kinds of arguments that no listed command has', () => {
  testAttacks(createTestCatalog({ flags: ['-p', '--pair'], dest: 'pair', arity: 2 }, { dest: 'name' }), [
    ['two values', ['things', 'do', 'n', '-p', 'a', 'b'], 'things do --pair a b -- n'],
    ['two values and an argument', ['things', 'do', '-p', 'a', 'b', 'n'], 'things do --pair a b -- n'],
    ['one value', ['things', 'do', 'n', '-p', 'a'], refusedWith('missing-value')],
    ['one attached value of two', ['things', 'do', 'n', '--pair=a', 'b'], refusedWith('missing-value')],
    [
      'a second value that looks like an option',
      ['things', 'do', 'n', '-p', 'a', '--pair'],
      refusedWith('missing-value'),
    ],
  ]);
  testAttacks(
    createTestCatalog(
      { flags: ['--on', '--no-on'], dest: 'on', action: 'boolean-optional' },
      { flags: ['-x', '--ex'], dest: 'ex', action: 'append' },
    ),
    [
      ['a switch and then its opposite', ['things', 'do', '--on', '--no-on'], 'things do --no-on'],
      ['the opposite of a switch and then the switch', ['things', 'do', '--no-on', '--on'], 'things do --on'],
      ['a switch with a value', ['things', 'do', '--no-on=1'], refusedWith('unexpected-value')],
      ['an abbreviated switch', ['things', 'do', '--no-o'], refusedWith('abbreviated-option')],
      ['an option that appends', ['things', 'do', '-xa', '--ex=-x', '-x', 'b'], 'things do --ex=a --ex=-x --ex=b'],
    ],
  );
});

describe('splitting text into words', () => {
  test.each<[name: string, text: string, expected: string[] | RefusalCode]>([
    ['quotes inside a word', `a'b'"c"d`, ['abcd']],
    ['empty quotes', `a '' ""`, ['a', '', '']],
    ['a backslash before a newline keeps the newline, as in shlex', 'a\\\nb', ['a\nb']],
    ['a backslash in single quotes', `'a\\'`, ['a\\']],
    ['a backslash in double quotes before another letter', `"a\\b\\$"`, ['a\\b\\$']],
    ['no comments', 'a #b', ['a', '#b']],
    ['no $-quoting', `$'a\\n'`, ['$a\\n']],
    ['no expansions', '$HOME $(id) {a,b} *', ['$HOME', '$(id)', '{a,b}', '*']],
    ['no operators', 'a;b && c', ['a;b', '&&', 'c']],
    ['a no-break space does not separate words', 'a\u00a0b', ['a\u00a0b']],
    ['a vertical tab does not separate words', 'a\u000bb', ['a\u000bb']],
    ['a quote that is not closed', `'a`, 'unreadable'],
    ['a quote that is not closed after an escape', `"a\\"`, 'unreadable'],
    ['a trailing backslash', 'a\\', 'unreadable'],
    ['a trailing backslash in double quotes', '"a\\', 'unreadable'],
  ])('%s', (_name, text, expected) => {
    if (typeof expected !== 'string') expect(splitCommandLine(text)).toEqual(expected);
    else expect(() => splitCommandLine(text)).toThrow(expect.objectContaining({ code: expected }));
  });
});

test('a caller cannot override an option that the proxy adds with an argument that looks like it', () => {
  const completeAndRender = (...argv: string[]) =>
    renderCommandLine(completeInvocation(parseInvocation(AIRFLOW_2, argv), 'json', 'proxy-id'));

  expect(completeAndRender('dags', 'trigger', '--', '--run-id=caller-id')).toBe(
    'dags trigger --no-replace-microseconds --output=json --run-id=proxy-id -- --run-id=caller-id',
  );
});
