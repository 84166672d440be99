import { describe, expect, test } from 'vitest';
import type { Argument } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { expandRule, findMismatch } from '../../../policy/rule.ts';
import { AIRFLOW_2 } from '../airflow/catalogs.ts';
import { createTestCatalog } from '../airflow/create-test-catalog.ts';

const SOURCES: Argument = { dest: 'sources', arity: '+' };
const MAYBE: Argument = { dest: 'maybe', arity: '?' };
const NAME: Argument = { dest: 'name' };
const TAGS: Argument = { dest: 'tags', flags: ['--tags'], type: 'list' };
const OUT: Argument = { dest: 'out', flags: ['--out'], type: 'file' };
const FORMAT: Argument = { dest: 'output', flags: ['--output'] };
const ANY: Argument = { dest: 'any', flags: ['--any'], arity: '*' };
const CONF: Argument = { dest: 'conf', flags: ['--conf'] };
const REGEX: Argument = { dest: 'task_regex', flags: ['--task-regex'] };
const LABEL: Argument = { dest: 'label', flags: ['-l', '--label'] };
const QUIET: Argument = { dest: 'quiet', flags: ['-q', '--quiet'], action: 'store-true' };

describe('a sentence fits an invocation, or says why not', () => {
  test.each<[rule: string, args: Argument[], sentence: string, command: string, why: string | undefined]>([
    ['one or many: the last glob takes the rest', [SOURCES], 'a* b*', 'a1 b1 a2', undefined],
    ['each value fits any of the globs', [SOURCES], 'a* b*', 'b1', undefined],
    ['no value that fits none', [SOURCES], 'a* b*', 'a1 c1', 'It wants sources to be a* or b*.'],
    ['a place of its own before the many', [NAME, SOURCES], 'x a*', 'x a1 a2', undefined],
    ['the many do not fit the place before them', [NAME, SOURCES], 'x a*', 'a1 a2', 'It wants name to be x.'],
    ['an argument that may be absent', [MAYBE], '', '', undefined],
    ['but is not named', [MAYBE], '', 'x', 'It does not name maybe.'],
    ['narrower than anything is demanded', [MAYBE], 'x', '', 'It demands maybe.'],
    ['anything or nothing', [MAYBE], '*', '', undefined],
    ['a list, element by element', [TAGS], '--tags=a*', '--tags=a1,a2', undefined],
    ['a list with spaces after its commas', [TAGS], '--tags=a*', `--tags=' a1, a2 '`, undefined],
    ['a list with blanks around its elements', [TAGS], '--tags=a', `--tags=' \ta\n, a '`, undefined],
    ['a byte order mark is no blank', [TAGS], '--tags=a', '--tags=\ufeffa', 'It wants --tags to be a.'],
    ['a list of blanks', [TAGS], '--tags=a', `--tags=' '`, 'It wants --tags to be a.'],
    ['no element of a list that does not fit', [TAGS], '--tags=a*', '--tags=a1,b', 'It wants --tags to be a*.'],
    ['a comma elsewhere is a character', [LABEL], '--label=a*', '--label=a,b', undefined],
    ['- alone is a value', [NAME], '-', '-', undefined],
    ['options that are not named are refused', [LABEL], '', '-l x', 'It does not name --label.'],
    ['but not what is harmless', [FORMAT], '', '--output json', undefined],
    ['nor with --*', [LABEL], '--*', '-l x', undefined],
    ['which does not stand for what is wide', [OUT], '--*', '--out x', 'It does not name --out.'],
    ['nor for a positional argument', [MAYBE], '--*', 'x', 'It does not name maybe.'],
    ['a short spelling names the option', [LABEL], '-l=a', '--label=a', undefined],
    ['a value may hold =', [LABEL], '--label=a=b', '--label=a=b', undefined],
    ['and only that value', [LABEL], '--label=a=b', '--label=b', 'It wants --label to be a=b.'],
    ['an option without a value is not the value', [ANY], '--any=a*', '--any', 'It demands --any.'],
    ['but anything', [ANY], '--any=*', '--any', undefined],
    ['a star does not climb', [OUT], '--out=/tmp/*', '--out=/tmp/../x', 'It wants --out to be /tmp/*.'],
    ['nor at the end', [OUT], '--out=/tmp/*', '--out=/tmp/x/..', 'It wants --out to be /tmp/*.'],
    ['nor at the front', [OUT], '--out=.*', '--out=../x', 'It wants --out to be .*.'],
    ['but stands for dots in a name', [OUT], '--out=/tmp/*', '--out=/tmp/..x/y../a..b', undefined],
    ['where anything may be, anything may', [OUT], '--out=*', '--out=/tmp/../x', undefined],
    ['what climbs is granted in full', [OUT], '--out=/tmp/../x', '--out=/tmp/../x', undefined],
    ['JSON as one exact text', [CONF], `--conf='{"a":1}'`, `--conf='{"a":1}'`, undefined],
    ['any JSON', [CONF], '--conf=*', '--conf={}', undefined],
    ['a bare switch is demanded', [QUIET], '-q', '', 'It demands --quiet.'],
    ['by either spelling', [QUIET], '-q', '--quiet', undefined],
    ['a switch with =* may be there', [QUIET], '--quiet=*', '--quiet', undefined],
    ['or not', [QUIET], '--quiet=*', '', undefined],
  ])('%s: %j %s ← %s', (_rule, args, sentence, command, why) => {
    const catalog = createTestCatalog(...args);
    const [pattern] = expandRule(catalog, `things do ${sentence}`);
    expect(findMismatch(pattern!, parseInvocation(catalog, splitCommandLine(`things do ${command}`)))).toBe(why);
  });

  test('of another command, which it names in full', () => {
    const [pattern] = expandRule(AIRFLOW_2, 'dags pause *');
    expect(findMismatch(pattern!, parseInvocation(AIRFLOW_2, ['dags', 'unpause', 'x']))).toBe(
      'It grants "dags pause".',
    );
  });
});

describe('a sentence that cannot be read says what to write', () => {
  test.each<[args: Argument[], sentence: string, message: RegExp]>([
    [[NAME], 'things do', /^"things do" needs name: a value, or "\*" for any\.$/],
    [[SOURCES], 'things do', /^"things do" needs sources: /],
    [[NAME], 'things do a b', /^"things do" does not take "b"\.$/],
    [[LABEL], 'things do --lable=x', /^"things do" has no option "--lable"\. Did you mean "--label"\?$/],
    [[NAME], 'things do x --other', /^"things do" has no option "--other"\.$/],
    [[LABEL], 'things do --label', /^Write --label=\* or --label=VALUE\.$/],
    [[LABEL], 'things do -l=a --label=b', /^--label is named twice\.$/],
    [[QUIET], 'things do --quiet=yes', /^--quiet takes no value: --quiet or --quiet=\*\.$/],
    [[QUIET], 'things do --quiet=', /takes no value/],
    [[CONF], 'things do --conf={*', /^--conf is granted as "\*" or as one exact text, not as "\{\*"\.$/],
    [[REGEX], 'things do --task-regex=load_*', /^--task-regex is granted as "\*" or as one exact text/],
    [[NAME], '', /command is empty/],
    [[NAME], '  ', /command is empty/],
    [[NAME], '@raed', /^There is no set "@raed"\. Did you mean "@read"\?$/],
    [[NAME], '@read x', /^A set stands alone: "@read"\.$/],
  ])('%#: %j', (args, sentence, message) => {
    expect(() => expandRule(createTestCatalog(...args), sentence)).toThrow(message);
  });
});

test('a set stands for any values of the arguments of its commands', () => {
  const all = expandRule(AIRFLOW_2, '@operate');
  const allowing = (command: string) =>
    all.filter((pattern) => findMismatch(pattern, parseInvocation(AIRFLOW_2, splitCommandLine(command))) === undefined);
  expect(allowing('dags trigger anything -c {}')).toHaveLength(1);
  expect(allowing('tasks clear anything -y')).toHaveLength(1);
  expect(allowing('dags delete anything')).toHaveLength(0);
  expect(new Set(all.map(({ text }) => text))).toEqual(new Set(['@operate']));
});
