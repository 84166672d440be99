import { describe, expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { expandRule, findMismatch } from '../../../policy/rule.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from '../airflow/create-test-catalog.ts';

const SOURCES: Argument = { dest: 'role', arity: '+' };
const MAYBE: Argument = { dest: 'principal', arity: '?' };
const NAME: Argument = { dest: 'name' };
const TAGS: Argument = { dest: 'tags', flags: ['--tags'], type: 'list' };
const OUT: Argument = { dest: 'out', flags: ['--out'], type: 'file' };
const FORMAT: Argument = { dest: 'output', flags: ['--output'] };
const ANY: Argument = { dest: 'action', flags: ['--any'], arity: '*' };
const CONF: Argument = { dest: 'conf', flags: ['--conf'] };
const REGEX: Argument = { dest: 'task_regex', flags: ['--task-regex'] };
const LABEL: Argument = { dest: 'state', flags: ['-l', '--label'] };
const QUIET: Argument = { dest: 'quiet', flags: ['-q', '--quiet'], action: 'store-true' };

describe('a rule and an invocation', () => {
  test.each<[behavior: string, args: Argument[], rule: string, command: string, mismatch: string | undefined]>([
    ['the last glob matches all remaining values', [SOURCES], 'a* b*', 'a1 b1 a2', undefined],
    ['each value may match any of the globs', [SOURCES], 'a* b*', 'b1', undefined],
    ['a value that matches none of the globs', [SOURCES], 'a* b*', 'a1 c1', 'role must match a* or b*.'],
    ['a single argument before one with many values', [NAME, SOURCES], 'x a*', 'x a1 a2', undefined],
    [
      'the globs of the last argument do not apply to the one before',
      [NAME, SOURCES],
      'x a*',
      'a1 a2',
      'name must match x.',
    ],
    ['an optional argument that is absent', [MAYBE], '', '', undefined],
    ['an optional argument that the rule does not name', [MAYBE], '', 'x', 'The rule does not allow principal.'],
    ['an optional argument is required with a narrow glob', [MAYBE], 'x', '', 'principal is required.'],
    ['an optional argument is not required with a star', [MAYBE], '*', '', undefined],
    ['each element of a list is matched', [TAGS], '--tags=a*', '--tags=a1,a2', undefined],
    ['spaces after the commas of a list are ignored', [TAGS], '--tags=a*', `--tags=' a1, a2 '`, undefined],
    ['blanks around the elements of a list are ignored', [TAGS], '--tags=a', `--tags=' \ta\n, a '`, undefined],
    ['a byte order mark is not a blank', [TAGS], '--tags=a', '--tags=\ufeffa', '--tags must match a.'],
    ['a list of blanks does not match', [TAGS], '--tags=a', `--tags=' '`, '--tags must match a.'],
    ['one element of a list that does not match', [TAGS], '--tags=a*', '--tags=a1,b', '--tags must match a*.'],
    ['a comma in other options is an ordinary character', [LABEL], '--label=a*', '--label=a,b', undefined],
    ['- alone is a value', [NAME], '-', '-', undefined],
    ['an option that the rule does not name is denied', [LABEL], '', '-l x', 'The rule does not allow --label.'],
    ['a harmless option that is not named is allowed', [FORMAT], '', '--output json', undefined],
    ['--* allows an option that is not named', [LABEL], '--*', '-l x', undefined],
    ['--* does not allow a wide option', [OUT], '--*', '--out x', 'The rule does not allow --out.'],
    ['--* does not allow a positional argument', [MAYBE], '--*', 'x', 'The rule does not allow principal.'],
    ['a rule may use the short spelling of an option', [LABEL], '-l=a', '--label=a', undefined],
    ['a value may contain =', [LABEL], '--label=a=b', '--label=a=b', undefined],
    ['a value that contains = is compared as a whole', [LABEL], '--label=a=b', '--label=b', '--label must match a=b.'],
    ['an option without a value does not match a narrow glob', [ANY], '--any=a*', '--any', '--any is required.'],
    ['an option without a value matches a star', [ANY], '--any=*', '--any', undefined],
    ['a star does not match a parent folder', [OUT], '--out=/tmp/*', '--out=/tmp/../x', '--out must match /tmp/*.'],
    [
      'a star does not match a parent folder at the end',
      [OUT],
      '--out=/tmp/*',
      '--out=/tmp/x/..',
      '--out must match /tmp/*.',
    ],
    ['a star does not match a parent folder at the start', [OUT], '--out=.*', '--out=../x', '--out must match .*.'],
    ['a star matches dots in a name', [OUT], '--out=/tmp/*', '--out=/tmp/..x/y../a..b', undefined],
    ['a star alone matches parent folders', [OUT], '--out=*', '--out=/tmp/../x', undefined],
    ['a path with a parent folder may be granted exactly', [OUT], '--out=/tmp/../x', '--out=/tmp/../x', undefined],
    ['JSON granted as one exact value', [CONF], `--conf='{"a":1}'`, `--conf='{"a":1}'`, undefined],
    ['JSON granted as a star', [CONF], '--conf=*', '--conf={}', undefined],
    ['a switch named without a value is required', [QUIET], '-q', '', '--quiet is required.'],
    ['a switch matches in either spelling', [QUIET], '-q', '--quiet', undefined],
    ['a switch granted as =* may be given', [QUIET], '--quiet=*', '--quiet', undefined],
    ['a switch granted as =* may be omitted', [QUIET], '--quiet=*', '', undefined],
  ])('%s: arguments %j, rule "%s", command "%s"', (_behavior, args, text, command, mismatch) => {
    const catalog = createTestCatalog(...args);
    const [rule] = expandRule(catalog, `things do ${text}`);
    expect(findMismatch(rule!, parseInvocation(catalog, splitCommandLine(`things do ${command}`)))).toBe(mismatch);
  });

  test('a rule for another command does not match', () => {
    const [rule] = expandRule(AIRFLOW_2, 'dags pause *');
    const mismatch = findMismatch(rule!, parseInvocation(AIRFLOW_2, ['dags', 'unpause', 'x']));
    expect(mismatch).toBe('The rule grants "dags pause".');
  });
});

/** Switches that make a DAG id a regular expression: `reporting_*` would also match `reporting_|.*`, which is every DAG. */
describe('a rule with a switch that changes how Airflow reads another argument', () => {
  const commands: [release: string, command: string, flag: string][] = [
    ['1.10.12', 'clear', '-dx'],
    ['2.0.2', 'tasks clear', '--dag-regex'],
    ['2.10.3', 'tasks clear', '-R'],
    ['2.10.3', 'dags backfill', '--treat-dag-as-regex'],
    ['2.10.3', 'dags backfill', '--treat-dag-id-as-regex'],
    ['2.10.3', 'dags pause', '--treat-dag-id-as-regex'],
    ['3.3.1', 'tasks clear', '--dag-regex'],
    ['3.3.1', 'dags unpause', '--treat-dag-id-as-regex'],
  ];
  test.each(commands)('Airflow %s: %s * %s', (release, command, flag) => {
    const expand = (text: string) => expandRule(CATALOGS.read(release), text);
    for (const spelling of [flag, `${flag}=*`]) {
      expect(() => expand(`${command} reporting_* ${spelling}`)).toThrow(
        /^With --[\w-]+, dag_id must be "\*" or one exact value, not "reporting_\*"\.$/,
      );
      expect(expand(`${command} * ${spelling}`)).toHaveLength(1);
      expect(expand(`${command} reporting_daily ${spelling}`)).toHaveLength(1);
    }
    expect(expand(`${command} reporting_*`)).toHaveLength(1);
    const [rule] = expand(`${command} reporting_* --*`);
    const invocation = parseInvocation(CATALOGS.read(release), splitCommandLine(`${command} ${flag} 'reporting_|.*'`));
    expect(findMismatch(rule!, invocation)).toMatch(/^The rule does not allow --/);
  });
});

describe('a denial names what is expected of a date or a number', () => {
  test.each<[rule: string, command: string, mismatch: string]>([
    [
      'tasks clear daily --start-date=2026-11-01..2026-12-01',
      'tasks clear daily --start-date=2026-11-Jan',
      '--start-date must be within "2026-11-01..2026-12-01".',
    ],
    ['tasks clear daily --start-date=2026-11-01..', 'tasks clear daily', '--start-date is required.'],
    ['pools set reporting 1..20 *', 'pools set reporting 21 x', 'slots must be within "1..20".'],
    ['tasks state * * manual__*', 'tasks state a b 2026-11-01', 'execution_date_or_run_id must match manual__*.'],
    [
      'db clean --clean-before-timestamp=..2026-01-01 --tables=log,xcom --*',
      'db clean --clean-before-timestamp 2025-01-01 -t log,job',
      '--tables must match log,xcom.',
    ],
  ])('the rule "%s" and "%s": %s', (text, command, mismatch) => {
    const [rule] = expandRule(AIRFLOW_2, text);
    expect(findMismatch(rule!, parseInvocation(AIRFLOW_2, splitCommandLine(command)))).toBe(mismatch);
  });
});

describe('an invalid rule is rejected with what to write instead', () => {
  test.each<[args: Argument[], rule: string, message: RegExp]>([
    [[NAME], 'things do', /^"things do" requires name\. Write a value, or "\*" for any value\.$/],
    [[SOURCES], 'things do', /^"things do" requires role\. /],
    [[NAME], 'things do a b', /^"things do" does not accept the argument "b"\.$/],
    [[LABEL], 'things do --lable=x', /^"things do" has no option "--lable"\. Did you mean "--label"\?$/],
    [[NAME], 'things do x --other', /^"things do" has no option "--other"\.$/],
    [[LABEL], 'things do --label', /^--label requires a value\. Write --label=\* or --label=VALUE\.$/],
    [[LABEL], 'things do -l=a --label=b', /^--label appears twice\. Remove one\.$/],
    [[QUIET], 'things do --quiet=yes', /^--quiet does not accept a value\. Write --quiet or --quiet=\*\.$/],
    [[QUIET], 'things do --quiet=', /does not accept a value/],
    [[CONF], 'things do --conf={*', /^--conf must be "\*" or one exact value, not "\{\*"\.$/],
    [[REGEX], 'things do --task-regex=load_*', /^--task-regex must be "\*" or one exact value/],
    [[LABEL], 'things do --label=', /^--label cannot be empty\. Write --label=\* for any value\.$/],
    [[NAME], `things do ''`, /^name cannot be empty\. Write "\*" for any value\.$/],
    [[NAME], '', /command is empty/],
    [[NAME], '  ', /command is empty/],
    [[NAME], '@raed', /^There is no set "@raed"\. Did you mean "@read"\?$/],
    [[NAME], '@read x', /^A set accepts no arguments\. Write "@read" alone\.$/],
  ])('%#: arguments %j, rule "%s"', (args, rule, message) => {
    expect(() => expandRule(createTestCatalog(...args), rule)).toThrow(message);
  });
});

describe('a rule that another release spells otherwise is rejected with the spelling of this one', () => {
  test.each<[catalog: typeof AIRFLOW_2, rule: string, message: RegExp]>([
    [AIRFLOW_3, 'dags trigger x -e=*', /has no option "-e"\. It is --logical-date since Airflow 3\.0\.$/],
    [AIRFLOW_3, 'dags list-runs --dag-id=x', /It is the positional argument dag_id since Airflow 3\.0/],
    [
      AIRFLOW_2,
      'dags list-runs x',
      /dags list-runs" does not accept the argument "x"\. dag_id is --dag-id before Airflow 3\.0\.$/,
    ],
    [AIRFLOW_2, 'dags trigger x --logical-date=*', /It is --exec-date before Airflow 3\.0\.$/],
    [AIRFLOW_3, 'tasks list x --tree', /use "dags show" instead\.$/],
    [AIRFLOW_3, 'tasks clear x -q', /has no option "-q"\.$/],
  ])('%#: %s', (catalog, rule, message) => {
    expect(() => expandRule(catalog, rule)).toThrow(message);
  });
});

test('a set allows any values of the arguments of its commands', () => {
  const rules = expandRule(AIRFLOW_2, '@operate');
  const findAllowing = (command: string) => {
    const invocation = parseInvocation(AIRFLOW_2, splitCommandLine(command));
    return rules.filter((rule) => findMismatch(rule, invocation) === undefined);
  };
  expect(findAllowing('dags trigger anything -c {}')).toHaveLength(1);
  expect(findAllowing('tasks clear anything -y')).toHaveLength(1);
  expect(findAllowing('dags delete anything')).toHaveLength(0);
  expect(new Set(rules.map(({ text }) => text))).toEqual(new Set(['@operate']));
});
