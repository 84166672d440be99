import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { matchesEnvironment } from '../../../config/matches-environment.ts';
import { readRequestBody } from '../../../lambda/event/read-request-body.ts';
import { type Caller, callerFromArn, callerFromClaims } from '../../../policy/caller.ts';
import { authorize, compilePolicy } from '../../../policy/policy.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../airflow/catalogs.ts';

const AIRFLOW_1: Catalog = JSON.parse(
  readFileSync(new URL('../../../airflow/catalogs/1.10.12.json', import.meta.url), 'utf8'),
);

const ROLE = 'arn:aws:iam::111122223333:role/reporting-*';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/reporting-nightly/job-1';

const ALLOWED = 'allowed';
/** By the policy. */
const REFUSED = 'not-granted';
/** Before the policy is asked: not a command line that is read in one way. Any code of a refusal or a problem. */
const UNPARSEABLE = 'unread';
/** The grant itself is a fault, and grants nothing. */
const FAULT = 'fault';

/** Either of the two: how such a grant is closed is for the policy to choose. */
const REFUSED_OR_FAULT = 'not-granted or fault';

type AttackResult = typeof ALLOWED | typeof REFUSED | typeof UNPARSEABLE | typeof FAULT;

/** What is sent: a command as text, an argv, or a JSON body as it comes. */
type AttackInput = string | readonly string[] | { readonly body: string };

type Row = [
  name: string,
  may: string | readonly string[],
  sent: AttackInput,
  expected: AttackResult | typeof REFUSED_OR_FAULT,
  why: string,
];

function toArgv(sent: AttackInput): readonly string[] {
  if (typeof sent === 'string') return splitCommandLine(sent);
  return 'body' in sent ? readRequestBody('application/json', sent.body).argv : sent;
}

/** The whole way of a request, up to what would be sent. What is allowed is allowed again as it is rendered. */
function runAttack(
  catalog: Catalog,
  may: string | readonly string[],
  sent: AttackInput,
  caller: Caller | null = callerFromArn(SESSION) ?? null,
  who = ROLE,
): AttackResult {
  const { policy, faults } = compilePolicy([{ who: [who], may: [may].flat(), line: 1 }], catalog);
  if (faults.length > 0) return FAULT;
  if (caller === null) return UNPARSEABLE;
  const read = () => parseInvocation(catalog, toArgv(sent));
  try {
    read();
  } catch (error) {
    expect((error as { code?: string }).code).toEqual(expect.any(String));
    return UNPARSEABLE;
  }
  const invocation = completeInvocation(read(), 'json', 'ours');
  if (authorize(policy, caller, invocation) === undefined) return REFUSED;
  expect(
    authorize(policy, caller, parseInvocation(catalog, splitCommandLine(renderCommandLine(read())))),
  ).toBeDefined();
  return ALLOWED;
}

const testRows = (catalog: Catalog, rows: readonly Row[]) =>
  test.each(rows)('%s: %s ← %j: %s, %s', (_name, may, sent, expected) => {
    expect(expected.split(' or ')).toContain(runAttack(catalog, may, sent));
  });

const TRIGGER = 'dags trigger reporting_* --conf=* --run-id=*';

describe('names and values', () => {
  testRows(AIRFLOW_2, [
    ['plain', TRIGGER, 'dags trigger reporting_x', ALLOWED, 'what it is for'],
    ['with all that is granted', TRIGGER, `dags trigger reporting_x -c '{"a":1}' -r r1`, ALLOWED, 'what it is for'],
    ['the very prefix', TRIGGER, 'dags trigger reporting_', ALLOWED, 'a star is also nothing'],
    ['another name', TRIGGER, 'dags trigger billing', REFUSED, 'another DAG'],
    ['the prefix inside', TRIGGER, 'dags trigger x_reporting_x', REFUSED, 'the pattern is anchored'],
    ['a DAG named *', TRIGGER, `dags trigger '*'`, REFUSED, 'a star in a value is a star'],
    ['a name with a star', TRIGGER, `dags trigger 'reporting_*'`, ALLOWED, 'a name like any other to Airflow'],
    ['a star in the middle', 'dags trigger a*z', 'dags trigger a--conf=z', ALLOWED, 'one word is one name'],
    [
      'a star in the middle, cut short',
      'dags trigger ab*ba',
      'dags trigger aba',
      REFUSED,
      'head and tail do not overlap',
    ],
    ['two stars', 'dags trigger *a*b', 'dags trigger xaxb', ALLOWED, 'in order'],
    ['two stars, wrong order', 'dags trigger *a*b', 'dags trigger ba', REFUSED, 'in order'],
    ['two names in one word', TRIGGER, ['dags', 'trigger', 'reporting_x billing'], ALLOWED, 'one name with a space'],
    ['two names', TRIGGER, 'dags trigger reporting_x billing', UNPARSEABLE, 'one too many'],
    ['an option in the name', TRIGGER, ['dags', 'trigger', 'reporting_x --conf={}'], ALLOWED, 'quoted: one name'],
    ['a command in the name', TRIGGER, ['dags', 'trigger', 'reporting_x; dags delete x'], ALLOWED, 'quoted: one name'],
    ['a quote in the name', TRIGGER, ['dags', 'trigger', "reporting_' --conf '{}"], ALLOWED, 'quoted: one name'],
    ['a newline in the name', TRIGGER, ['dags', 'trigger', 'reporting_x\ndags'], UNPARSEABLE, 'no control characters'],
    ['capitals', TRIGGER, 'dags trigger Reporting_x', REFUSED, 'names are compared exactly'],
    ['Cyrillic e', TRIGGER, 'dags trigger rеporting_x', REFUSED, 'another letter'],
    ['full-width low line', TRIGGER, 'dags trigger reporting＿x', REFUSED, 'another letter'],
    ['decomposed', 'dags trigger é*', ['dags', 'trigger', 'e\u0301x'], REFUSED, 'another text'],
    ['a zero-width space before it', TRIGGER, ['dags', 'trigger', '\u200breporting_x'], REFUSED, 'another text'],
    ['a space before it', TRIGGER, ['dags', 'trigger', ' reporting_x'], REFUSED, 'another text'],
    ['nothing', TRIGGER, ['dags', 'trigger', ''], REFUSED, 'nothing does not begin so'],
    ['nothing, where all is granted', 'dags trigger *', ['dags', 'trigger', ''], ALLOWED, 'a star is also nothing'],
    ['__proto__', TRIGGER, 'dags trigger __proto__', REFUSED, 'a name like any other'],
    ['__proto__, granted', 'dags trigger __proto__', 'dags trigger __proto__', ALLOWED, 'a name like any other'],
    ['constructor, the command', TRIGGER, 'constructor', UNPARSEABLE, 'no command'],
    ['a negative number', 'dags trigger -5', 'dags trigger -5', FAULT, 'read as an option of the grant'],
    ['a negative number, where all is granted', 'dags trigger *', 'dags trigger -5', ALLOWED, 'a name'],
    ['a million letters', TRIGGER, ['dags', 'trigger', `reporting_${'x'.repeat(1e6)}`], ALLOWED, 'long is not wide'],
    [
      'a million letters and no match',
      'dags trigger *a*b*c',
      ['dags', 'trigger', 'ab'.repeat(5e5)],
      REFUSED,
      'in linear time',
    ],
  ]);
});

describe('options', () => {
  testRows(AIRFLOW_2, [
    ['not named', 'dags trigger reporting_*', 'dags trigger reporting_x -c {}', REFUSED, 'options are granted by name'],
    [
      'not named, before',
      'dags trigger reporting_*',
      'dags trigger --conf={} reporting_x',
      REFUSED,
      'wherever it stands',
    ],
    [
      'not named, attached',
      'dags trigger reporting_*',
      'dags trigger -c{} reporting_x',
      REFUSED,
      'however it is spelt',
    ],
    [
      'not named, attached by =',
      'dags trigger reporting_*',
      'dags trigger -c={} reporting_x',
      REFUSED,
      'however it is spelt',
    ],
    ['abbreviated', TRIGGER, 'dags trigger reporting_x --con {}', UNPARSEABLE, 'no abbreviations'],
    ['behind --', 'dags trigger *', 'dags trigger -- --conf={}', ALLOWED, 'a name there'],
    ['harmless', 'dags list', 'dags list -vo table', ALLOWED, 'changes how the answer looks'],
    ['harmless, but a wrong value', 'dags list', 'dags list -o /etc/passwd', UNPARSEABLE, 'not one of the choices'],
    [
      'harmless joined with another',
      'tasks clear reporting_*',
      'tasks clear reporting_x -yf',
      REFUSED,
      '-f is not named',
    ],
    ['--subdir', 'dags list --*', 'dags list --subdir=/tmp', REFUSED, 'wide: by name only'],
    ['-S', 'dags list --*', 'dags list -S/tmp', REFUSED, 'wide, however it is spelt'],
    [
      '--subdir, repeated',
      'dags list --subdir=/opt',
      'dags list --subdir=/opt --subdir=/tmp',
      REFUSED,
      'the last one counts',
    ],
    [
      '--subdir, repeated the other way',
      'dags list --subdir=/opt',
      'dags list --subdir=/tmp --subdir=/opt',
      ALLOWED,
      'the last one counts',
    ],
    ['--dag-regex', 'tasks clear reporting_* --*', 'tasks clear reporting_x --dag-regex', REFUSED, 'wide'],
    [
      '--treat-dag-id-as-regex',
      'dags pause reporting_* --*',
      'dags pause reporting_x --treat-dag-id-as-regex',
      REFUSED,
      'wide',
    ],
    [
      '--treat-dag-as-regex',
      'dags backfill reporting_* --*',
      'dags backfill reporting_x --treat-dag-as-regex',
      REFUSED,
      'wide, in its old name',
    ],
    [
      '--all of it',
      'dags list-runs --dag-id=reporting_* --*',
      'dags list-runs -d reporting_x --state running',
      ALLOWED,
      'not wide',
    ],
    ['left out', 'dags list-jobs --dag-id=reporting_* --*', 'dags list-jobs --state running', REFUSED, 'would widen'],
    [
      'left out, =*',
      'dags list-jobs --dag-id=* --state=*',
      'dags list-jobs --state running',
      ALLOWED,
      'may be left out',
    ],
    [
      'left out, =**',
      'dags list-jobs --dag-id=** --state=*',
      'dags list-jobs --state running',
      ALLOWED,
      'the same as one star',
    ],
    ['empty', 'dags list-runs --dag-id=reporting_*', 'dags list-runs --dag-id=', REFUSED, 'nothing does not begin so'],
    [
      'repeated, wider last',
      TRIGGER.replace('--run-id=*', '--run-id=t_*'),
      'dags trigger reporting_x -r t_1 --run-id=x',
      REFUSED,
      'the last one counts',
    ],
    [
      'repeated, wider first',
      TRIGGER.replace('--run-id=*', '--run-id=t_*'),
      'dags trigger reporting_x -r x --run-id=t_1',
      ALLOWED,
      'the last one counts',
    ],
    [
      'a switch demanded',
      'tasks clear reporting_* --only-failed',
      'tasks clear reporting_x -y',
      REFUSED,
      'leaving it out widens',
    ],
    [
      'a switch demanded, its neighbor given',
      'tasks clear reporting_* --only-failed',
      'tasks clear reporting_x --only-running',
      REFUSED,
      'another switch',
    ],
    [
      'a switch demanded and given',
      'tasks clear reporting_* --only-failed',
      'tasks clear reporting_x -fy',
      ALLOWED,
      'what it is for',
    ],
    [
      'a run id demanded',
      'dags trigger reporting_* --run-id=team_*',
      'dags trigger reporting_x',
      REFUSED,
      'ours does not count',
    ],
    [
      'a run id demanded that ours would match',
      'dags trigger reporting_* --run-id=ours',
      'dags trigger reporting_x',
      REFUSED,
      'ours does not count',
    ],
    [
      'a run id demanded and given',
      'dags trigger reporting_* --run-id=team_*',
      'dags trigger reporting_x -r team_1',
      ALLOWED,
      'the caller’s own',
    ],
    ['a format demanded', 'dags list --output=json', 'dags list', REFUSED, 'ours does not count'],
    ['a format demanded and given', 'dags list --output=json', 'dags list -ojson', ALLOWED, 'the caller’s own'],
    [
      'another format than the one named',
      'dags list --output=json',
      'dags list -o yaml',
      REFUSED,
      'named: narrower than harmless',
    ],
    ['a switch with a value in the grant', 'tasks clear * --yes=true', 'tasks clear x -y', FAULT, 'no such value'],
    ['an unknown option in the grant', 'dags list --sub-dir=*', 'dags list', FAULT, 'misspelt'],
    ['an abbreviated option in the grant', 'dags list --sub=*', 'dags list', FAULT, 'in full'],
    ['a value beginning with a dash', 'dags list --subdir=-*', 'dags list --subdir=-x', ALLOWED, 'a value'],
    ['-- in the grant', 'dags trigger -- x', 'dags trigger x', FAULT, 'no option'],
    [
      'an exact number',
      'dags next-execution * --num-executions=5',
      'dags next-execution d -n 05',
      REFUSED,
      'texts are compared',
    ],
    [
      'a number with a sign',
      'dags next-execution * --num-executions=5',
      'dags next-execution d -n +5',
      REFUSED,
      'texts are compared',
    ],
    [
      'a number as granted',
      'dags next-execution * --num-executions=5',
      'dags next-execution d -n5',
      ALLOWED,
      'what it is for',
    ],
    [
      'a number in other digits',
      'dags next-execution * --num-executions=*',
      'dags next-execution d -n ٥',
      UNPARSEABLE,
      'not a number here',
    ],
  ]);
});

describe('many values', () => {
  const PERMS = 'roles del-perms Op --action=can_read --resource=DAGs';
  testRows(AIRFLOW_2, [
    ['as granted', PERMS, 'roles del-perms -a can_read -r DAGs -- Op', ALLOWED, 'what it is for'],
    ['one more action', PERMS, 'roles del-perms -a can_read can_edit -r DAGs -- Op', REFUSED, 'every one is matched'],
    ['one more role', PERMS, 'roles del-perms -a can_read -r DAGs -- Op Admin', REFUSED, 'every one is matched'],
    ['no role', PERMS, 'roles del-perms -a can_read -r DAGs', REFUSED, 'demanded'],
    ['no action', PERMS, 'roles del-perms -r DAGs -- Op', REFUSED, 'would delete all of them'],
    ['an action of no value', PERMS, 'roles del-perms -r DAGs -a -- Op', REFUSED, 'would delete all of them'],
    ['a resource of no value', PERMS, 'roles del-perms -a can_read -r -- Op', REFUSED, 'demanded'],
    ['both of no value', PERMS, 'roles del-perms -a -r -- Op', REFUSED, 'demanded'],
    ['given, then of no value', PERMS, 'roles del-perms -a can_read -r DAGs -a -- Op', REFUSED, 'the last one counts'],
    [
      'an option as an action',
      PERMS,
      'roles del-perms --action=-rAdmin -r DAGs -- Op',
      REFUSED,
      'a value, and another one',
    ],
    [
      'an option as an action, where all are granted',
      'roles del-perms Op --action=* --resource=DAGs',
      'roles del-perms --action=-rAdmin -r DAGs -- Op',
      ALLOWED,
      'a value; sent as one',
    ],
    ['an option as a pid file', 'scheduler --pid=*', 'scheduler --pid=--stderr=/x', ALLOWED, 'a value; sent as one'],
    ['a pid file demanded, of no value', 'scheduler --pid=/run/*', 'scheduler --pid', REFUSED, 'demanded'],
    ['roles of a prefix', 'roles create team_*', 'roles create team_a team_b', ALLOWED, 'every one is matched'],
    [
      'roles of a prefix and another',
      'roles create team_*',
      'roles create team_a Admin',
      REFUSED,
      'every one is matched',
    ],
    [
      'tables, as granted',
      'db clean --clean-before-timestamp=* --tables=log',
      'db clean --clean-before-timestamp 2024-01-01 -t log',
      ALLOWED,
      'what it is for',
    ],
    [
      'tables, one more behind a comma',
      'db clean --clean-before-timestamp=* --tables=log*',
      'db clean --clean-before-timestamp 2024-01-01 -t log,xcom',
      REFUSED,
      'element by element',
    ],
    [
      'tables, one more behind a comma and a space',
      'db clean --clean-before-timestamp=* --tables=log*',
      ['db', 'clean', '--clean-before-timestamp', '2024-01-01', '-t', 'log, xcom'],
      REFUSED,
      'element by element',
    ],
    [
      'tables, an empty one',
      'db clean --clean-before-timestamp=* --tables=log',
      'db clean --clean-before-timestamp 2024-01-01 -t log,',
      REFUSED,
      'nothing is no log',
    ],
    [
      'tables, of no name',
      'db clean --clean-before-timestamp=* --tables=log',
      'db clean --clean-before-timestamp 2024-01-01 --tables=',
      REFUSED,
      'nothing is no log',
    ],
    [
      'tables, a space',
      'db clean --clean-before-timestamp=* --tables=log',
      ['db', 'clean', '--clean-before-timestamp', '2024-01-01', '-t', ' log '],
      ALLOWED,
      'Airflow strips it too',
    ],
    [
      'tables, a byte order mark',
      'db clean --clean-before-timestamp=* --tables=log',
      ['db', 'clean', '--clean-before-timestamp', '2024-01-01', '-t', '\ufefflog'],
      REFUSED,
      'Airflow does not strip it',
    ],
    [
      'tables, left out',
      'db clean --clean-before-timestamp=* --tables=log',
      'db clean --clean-before-timestamp 2024-01-01',
      REFUSED,
      'would clean all',
    ],
    [
      'tables, a semicolon',
      'db clean --clean-before-timestamp=* --tables=log',
      ['db', 'clean', '--clean-before-timestamp', '2024-01-01', '-t', 'log;xcom'],
      REFUSED,
      'another name',
    ],
  ]);
  testRows(AIRFLOW_3, [
    [
      'bundles, collected',
      'dags list --bundle-name=team_*',
      'dags list -B team_a -B team_b',
      ALLOWED,
      'every one is matched',
    ],
    [
      'bundles, one of another team',
      'dags list --bundle-name=team_*',
      'dags list -B team_a -B x',
      REFUSED,
      'every one is matched',
    ],
    [
      'bundles, the other way round',
      'dags list --bundle-name=team_*',
      'dags list -B x -B team_a',
      REFUSED,
      'every one is matched',
    ],
    ['bundles, --*', 'dags list --*', 'dags list -B team_a', REFUSED, 'wide'],
    [
      'the option of another release',
      'dags list-runs *',
      'dags list-runs --dag-id x',
      UNPARSEABLE,
      'a positional there',
    ],
  ]);
});

describe('places', () => {
  testRows(AIRFLOW_2, [
    ['swapped', 'tasks state a b *', 'tasks state b a x', REFUSED, 'each in its place'],
    ['a star for each', 'tasks state a * *', 'tasks state a b c', ALLOWED, 'each in its place'],
    ['a star for two', 'tasks state a *', 'tasks state a b c', FAULT, 'a star never reaches across'],
    ['one too many in the grant', 'dags pause * *', 'dags pause a', FAULT, 'no such place'],
    [
      'options around',
      'tasks state a b *',
      'tasks state -v a --output=json b c'.replace('--output=json ', ''),
      ALLOWED,
      'the same places',
    ],
    ['behind --', 'tasks state a b *', 'tasks state -- a b c', ALLOWED, 'the same places'],
    ['-- in the middle', 'tasks state a b *', 'tasks state a -- b c', ALLOWED, 'the same places'],
    ['one that may be left out, not granted', 'tasks test a b', 'tasks test a b 2024-01-01', REFUSED, 'another date'],
    ['one that may be left out, demanded', 'tasks test a b 2024-*', 'tasks test a b', REFUSED, 'demanded'],
    [
      'the command of another grant',
      ['dags list', 'tasks state a b *'],
      'dags list-runs -d a',
      REFUSED,
      'none of both',
    ],
    ['the second grant', ['dags list', 'tasks state a b *'], 'tasks state a b c', ALLOWED, 'any of both'],
    [
      'arguments of two grants together',
      ['dags trigger a --conf=*', 'dags trigger b --run-id=*'],
      'dags trigger a --run-id=x',
      REFUSED,
      'grants do not add up',
    ],
    [
      'a file outside',
      'connections export /tmp/*',
      'connections export /tmp/../usr/local/airflow/dags/x.py',
      REFUSED,
      'a path that climbs out',
    ],
    ['a file inside', 'connections export /tmp/*', 'connections export /tmp/x.json', ALLOWED, 'what it is for'],
    [
      'a folder outside',
      'dags list --subdir=/opt/*',
      'dags list --subdir=/opt/../tmp',
      REFUSED,
      'a path that climbs out',
    ],
    [
      'a folder with dots in its name',
      'dags list --subdir=/opt/*',
      'dags list --subdir=/opt/a..b',
      ALLOWED,
      'no parent folder',
    ],
  ]);
});

describe('patterns in values', () => {
  testRows(AIRFLOW_2, [
    ['one task', 'tasks clear reporting_* --task-regex=load', 'tasks clear reporting_x -t load', ALLOWED, 'as written'],
    [
      'an alternative in a regex',
      'tasks clear reporting_* --task-regex=load_*',
      ['tasks', 'clear', 'reporting_x', '-t', 'load_|.*'],
      REFUSED_OR_FAULT,
      'Airflow reads a pattern: every task',
    ],
    [
      'a regex that begins as granted',
      'tasks clear reporting_* --task-regex=load_*',
      ['tasks', 'clear', 'reporting_x', '-t', 'load_?.*|x'],
      REFUSED_OR_FAULT,
      'Airflow reads a pattern',
    ],
    ['JSON, any', 'dags trigger a --conf=*', `dags trigger a -c '{"env":"prod"}'`, ALLOWED, 'granted'],
    ['JSON, exact', `dags trigger a --conf='{"env":"dev"}'`, `dags trigger a -c '{"env":"dev"}'`, ALLOWED, 'granted'],
    [
      'JSON, another',
      `dags trigger a --conf='{"env":"dev"}'`,
      `dags trigger a -c '{"env":"prod"}'`,
      REFUSED,
      'another value',
    ],
    [
      'JSON, a repeated key',
      `dags trigger a --conf='{"env":"dev*"}'`,
      `dags trigger a -c '{"env":"dev","env":"prod"}'`,
      REFUSED_OR_FAULT,
      'a star reaches over keys: the last one counts in Airflow',
    ],
  ]);
});

describe('sets', () => {
  testRows(AIRFLOW_2, [
    ['a read', '@read', 'dags list-runs -d x', ALLOWED, 'reads'],
    ['a read with a wide option', '@read', 'dags list --subdir=/tmp', REFUSED, 'wide'],
    ['a file written by a read', '@read', 'dags show x --save=/tmp/x', REFUSED, 'wide'],
    ['a secret', '@read', 'variables get k', REFUSED, 'in @secrets'],
    ['a connection', '@read', 'connections get c', REFUSED, 'shows passwords'],
    ['a rendered template', '@read', 'tasks render d t r', REFUSED, 'in @secrets'],
    ['the configuration', '@read', 'config list', REFUSED, 'shows secrets'],
    ['a change', '@read', 'dags pause x', REFUSED, 'changes something'],
    ['code', '@operate', 'tasks run d t r', REFUSED, 'by name only'],
    ['code that is called a test', '@operate', 'dags test d', REFUSED, 'by name only'],
    ['a deletion', '@operate', 'dags delete -y d', REFUSED, 'deletes'],
    ['a pattern for DAGs', '@operate', 'dags pause x --treat-dag-id-as-regex', REFUSED, 'wide'],
    ['a pattern for DAGs, clearing', '@operate', 'tasks clear x --dag-regex', REFUSED, 'wide'],
    ['an unknown set', '@everything', 'version', FAULT, 'no such set'],
    ['a name of JavaScript', '@constructor', 'version', FAULT, 'no such set'],
    ['a name without @', '__proto__', 'version', FAULT, 'no such command'],
    ['a set with more behind it', '@read --subdir=*', 'dags list', FAULT, 'stands alone'],
    ['a star', '*', 'version', FAULT, 'no command'],
    ['a star in the command', 'dags *', 'dags list', FAULT, 'no command'],
    ['nothing', '', 'version', FAULT, 'no command'],
  ]);
});

describe('Airflow 1.10, where one command does many things', () => {
  testRows(AIRFLOW_1, [
    ['a variable of the team', 'variables --get=team_*', 'variables -g team_x', ALLOWED, 'what it is for'],
    ['another one', 'variables --get=team_*', 'variables -g billing', REFUSED, 'another name'],
    ['and a deletion', 'variables --get=team_*', 'variables -g team_x -x team_x', REFUSED, 'not named'],
    ['and an import', 'variables --get=* --*', 'variables -g x -i /tmp/x', REFUSED, 'wide'],
    ['and an export', 'variables --get=* --*', 'variables -g x -e /tmp/x', REFUSED, 'wide'],
    ['set, both words', 'variables --set=team_*', 'variables -s team_x secret', REFUSED, 'every value is matched'],
    ['old spelling', 'trigger_dag reporting_*', 'trigger_dag reporting_x', ALLOWED, 'what it is for'],
    [
      'old spelling, an option',
      'trigger_dag reporting_*',
      'trigger_dag reporting_x --exec_date 2024-01-01',
      REFUSED,
      'not named',
    ],
    ['a long option with one dash', 'clear reporting_* --*', 'clear reporting_x -dx', REFUSED, 'wide'],
    ['new spelling', 'trigger_dag reporting_*', 'dags trigger reporting_x', UNPARSEABLE, 'no such command'],
  ]);
});

describe('bodies', () => {
  testRows(AIRFLOW_2, [
    ['words', TRIGGER, { body: '{"argv":["dags","trigger","reporting_x"]}' }, ALLOWED, 'what it is for'],
    [
      'an object as a value',
      TRIGGER,
      { body: '{"argv":["dags","trigger","reporting_x","--conf",{"a":1.0}]}' },
      ALLOWED,
      'JSON text',
    ],
    ['an object as a name', TRIGGER, { body: '{"argv":["dags","trigger",{"a":1}]}' }, REFUSED, 'its JSON text'],
    ['a list as a name', TRIGGER, { body: '{"argv":["dags","trigger",["reporting_x"]]}' }, REFUSED, 'its JSON text'],
    ['a list as words', TRIGGER, { body: '{"argv":[["dags","trigger","reporting_x"]]}' }, UNPARSEABLE, 'one word'],
    ['a number as a name', 'dags trigger 5', { body: '{"argv":["dags","trigger",5]}' }, ALLOWED, 'its text'],
    [
      'a negative number as a name',
      'dags trigger *',
      { body: '{"argv":["dags","trigger",-5]}' },
      ALLOWED,
      'its text, a name',
    ],
    ['null', TRIGGER, { body: '{"argv":["dags","trigger","reporting_x",null]}' }, UNPARSEABLE, 'no word'],
    ['argv as text', TRIGGER, { body: '{"argv":"dags trigger reporting_x"}' }, UNPARSEABLE, 'no list'],
    ['command as list', TRIGGER, { body: '{"command":["dags","trigger","reporting_x"]}' }, UNPARSEABLE, 'no text'],
    [
      'both',
      TRIGGER,
      { body: '{"command":"dags list","argv":["dags","trigger","reporting_x"]}' },
      UNPARSEABLE,
      'either',
    ],
    [
      'twice: the last one counts',
      TRIGGER,
      { body: '{"command":"dags trigger reporting_x","command":"dags delete x"}' },
      REFUSED,
      'and is authorized',
    ],
    [
      '__proto__',
      TRIGGER,
      { body: '{"__proto__":{"argv":["dags","trigger","reporting_x"]}}' },
      UNPARSEABLE,
      'a member like any other',
    ],
    [
      '__proto__ beside it',
      TRIGGER,
      { body: '{"command":"version","__proto__":{"format":"raw"}}' },
      UNPARSEABLE,
      'an unknown member',
    ],
    ['constructor', TRIGGER, { body: '{"command":"version","constructor":{}}' }, UNPARSEABLE, 'an unknown member'],
    [
      '__proto__ in a value',
      TRIGGER,
      { body: '{"argv":["dags","trigger","reporting_x","-c",{"__proto__":{"a":1}}]}' },
      ALLOWED,
      'a key like any other',
    ],
    [
      'toJSON in a value',
      TRIGGER,
      { body: '{"argv":["dags","trigger","reporting_x","-c",{"toJSON":"x"}]}' },
      ALLOWED,
      'a key like any other',
    ],
    [
      'rawJSON in a name',
      TRIGGER,
      { body: '{"argv":["dags","trigger",{"rawJSON":"reporting_x"}]}' },
      REFUSED,
      'its JSON text',
    ],
    [
      'escaped letters',
      TRIGGER,
      { body: '{"argv":["dags","\\u0074rigger","reporting\\u005fx"]}' },
      ALLOWED,
      'the same words',
    ],
    [
      'an escaped quote in a text',
      TRIGGER,
      { body: `{"command":"dags trigger reporting_x --conf '{}\\u0027 "}` },
      ALLOWED,
      'the same words',
    ],
    [
      'half of a surrogate pair',
      TRIGGER,
      { body: '{"argv":["dags","trigger","reporting_\\ud83d"]}' },
      UNPARSEABLE,
      'not a text',
    ],
    ['NUL', TRIGGER, { body: '{"argv":["dags","trigger","reporting_\\u0000"]}' }, UNPARSEABLE, 'no control characters'],
    [
      'a list that nests',
      TRIGGER,
      { body: `{"argv":["dags","trigger","reporting_x","-c",${'['.repeat(100_000)}${']'.repeat(100_000)}]}` },
      UNPARSEABLE,
      'a refusal, no crash',
    ],
    [
      'a list that nests a little',
      TRIGGER,
      { body: `{"argv":["dags","trigger","reporting_x","-c",${'['.repeat(1000)}${']'.repeat(1000)}]}` },
      UNPARSEABLE,
      'deeper than Python reads',
    ],
    [
      '100,000 words',
      TRIGGER,
      { body: `{"argv":["dags","trigger","--"${',""'.repeat(80_000)}]}` },
      UNPARSEABLE,
      'a refusal, no crash',
    ],
    ['too long', TRIGGER, { body: `{"command":"${'x'.repeat(300_000)}"}` }, UNPARSEABLE, 'a refusal, no crash'],
  ]);
});

describe('callers', () => {
  const iam = 'arn:aws:iam::111122223333:';
  const sts = 'arn:aws:sts::111122223333:';
  test.each<[name: string, who: string, arn: string, expected: AttackResult, why: string]>([
    ['the role', `${iam}role/reporting-*`, SESSION, ALLOWED, 'what it is for'],
    ['the role with its path', `${iam}role/team/data/reporting-*`, SESSION, ALLOWED, 'a path is dropped'],
    [
      'a session named like the role',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/reporting-x`,
      REFUSED,
      'the session decides nothing',
    ],
    [
      'a session named like an ARN',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/arn:aws:sts::111122223333:assumed-role/reporting-x`,
      UNPARSEABLE,
      'no such session name',
    ],
    [
      'a session with a slash',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x/a/b`,
      UNPARSEABLE,
      'no such session name',
    ],
    [
      'no session',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x`,
      UNPARSEABLE,
      'not as API Gateway names it',
    ],
    [
      'an empty session',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x/`,
      UNPARSEABLE,
      'not as API Gateway names it',
    ],
    ['a newline behind', `${iam}role/reporting-*`, `${SESSION}\n`, UNPARSEABLE, 'not an ARN'],
    [
      'a newline and another',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/x\n${SESSION}`,
      UNPARSEABLE,
      'not an ARN',
    ],
    [
      'another account',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '999999999999'),
      REFUSED,
      'account is exact',
    ],
    [
      'a longer account',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '1111222233334'),
      UNPARSEABLE,
      '12 digits',
    ],
    [
      'other digits',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '١١١١٢٢٢٢٣٣٣٣'),
      UNPARSEABLE,
      'ASCII digits',
    ],
    ['another partition', `${iam}role/reporting-*`, SESSION.replace('aws', 'aws-cn'), REFUSED, 'partition is exact'],
    [
      'a region',
      `${iam}role/reporting-*`,
      SESSION.replace('sts::', 'sts:eu-west-1:'),
      UNPARSEABLE,
      'not as API Gateway names it',
    ],
    ['a user of the name', `${iam}role/reporting-*`, `${iam}user/reporting-x`, REFUSED, 'another kind'],
    ['a user with the path', `${iam}role/reporting-*`, `${iam}user/role/reporting-x`, REFUSED, 'another kind'],
    [
      'a federated user of the name',
      `${iam}role/reporting-*`,
      `${sts}federated-user/reporting-x`,
      REFUSED,
      'another kind',
    ],
    [
      'a role’s own ARN',
      `${iam}role/reporting-*`,
      `${iam}role/reporting-x`,
      UNPARSEABLE,
      'not as API Gateway names it',
    ],
    ['root', `${iam}role/reporting-*`, `${iam}root`, REFUSED, 'another kind'],
    ['root, granted', `${iam}root`, `${iam}root`, ALLOWED, 'what it is for'],
    ['a user named root', `${iam}root`, `${iam}user/root`, REFUSED, 'another kind'],
    ['capitals', `${iam}role/reporting-*`, `${sts}assumed-role/Reporting-x/s`, REFUSED, 'names are compared exactly'],
    ['a suffix', `${iam}role/reporting`, `${sts}assumed-role/reporting-x/s`, REFUSED, 'no star'],
    ['a star in the caller', `${iam}role/reporting-x`, `${sts}assumed-role/reporting-*/s`, UNPARSEABLE, 'no such name'],
    ['a star in the middle', `${iam}role/re*ng`, `${sts}assumed-role/reporting/s`, ALLOWED, 'what it is for'],
    [
      'a star in the middle, cut short',
      `${iam}role/rep*porting`,
      `${sts}assumed-role/reporting/s`,
      REFUSED,
      'head and tail do not overlap',
    ],
    ['a star for all', `${iam}role/*`, SESSION, FAULT, 'every role'],
    ['stars for all', `${iam}role/**`, SESSION, FAULT, 'every role'],
    ['a path and a star', `${iam}role/team/*`, SESSION, FAULT, 'the path is not known'],
    ['a star in the path', `${iam}role/*/reporting-x`, SESSION, FAULT, 'the path is not known'],
    ['a star for the account', 'arn:aws:iam::*:role/reporting-x', SESSION, FAULT, 'in full'],
    ['a star in the account', 'arn:aws:iam::1111*:role/reporting-x', SESSION, FAULT, 'in full'],
    ['a star for the partition', 'arn:*:iam::111122223333:role/reporting-x', SESSION, FAULT, 'in full'],
    ['a star for the kind', `${iam}*/reporting-x`, SESSION, FAULT, 'in full'],
    ['a star', '*', SESSION, FAULT, 'names nobody'],
    ['nobody', '', SESSION, FAULT, 'names nobody'],
    ['an account', '111122223333', SESSION, FAULT, 'names nobody'],
    ['a session in the grant', SESSION, SESSION, FAULT, 'the session decides nothing'],
    ['a name that no role can have', `${iam}role/rеporting`, SESSION, FAULT, 'a Cyrillic letter'],
    ['__proto__', `${iam}role/__proto__`, `${sts}assumed-role/__proto__/s`, ALLOWED, 'a name like any other'],
  ])('%s: %s ← %s: %s, %s', (_name, who, arn, expected) => {
    expect(runAttack(AIRFLOW_2, 'version', 'version', callerFromArn(arn) ?? null, who)).toBe(expected);
  });
});

describe('tokens', () => {
  const token = { iss: 'https://id.example.com', sub: 'jo' };
  const engineers = 'oidc:groups=data-engineers';
  test.each<[name: string, who: string, claims: string, expected: AttackResult, why: string]>([
    ['a group', engineers, '{"groups":["data-engineers"]}', ALLOWED, 'what it is for'],
    ['a group among others', engineers, '{"groups":["a","data-engineers"]}', ALLOWED, 'what it is for'],
    ['a text in place of a list', engineers, '{"groups":"data-engineers"}', ALLOWED, 'some issuers do so'],
    ['a subject', 'oidc:sub=jo', '{}', ALLOWED, 'what it is for'],
    ['a star', 'oidc:groups=data-*', '{"groups":["data-engineers"]}', ALLOWED, 'what it is for'],
    ['a group with a comma', engineers, '{"groups":["x,data-engineers"]}', REFUSED, 'one group of that name'],
    ['groups joined by commas', engineers, '{"groups":"x,data-engineers"}', REFUSED, 'one group of that name'],
    ['groups joined by spaces', engineers, '{"groups":"x data-engineers"}', REFUSED, 'one group of that name'],
    ['a list as a text', engineers, '{"groups":"[\\"data-engineers\\"]"}', REFUSED, 'one group of that name'],
    ['a list as Java prints it', engineers, '{"groups":"[data-engineers, x]"}', REFUSED, 'one group of that name'],
    ['a list in a list', engineers, '{"groups":[["data-engineers"]]}', REFUSED, 'only texts are names'],
    ['an object', engineers, '{"groups":{"0":"data-engineers"}}', REFUSED, 'only texts are names'],
    ['an object in a list', engineers, '{"groups":[{"name":"data-engineers"}]}', REFUSED, 'only texts are names'],
    ['capitals', engineers, '{"groups":["Data-Engineers"]}', REFUSED, 'names are compared exactly'],
    ['capitals in the claim', engineers, '{"Groups":["data-engineers"]}', REFUSED, 'claims are compared exactly'],
    ['a Cyrillic letter', engineers, '{"groups":["data-\u0435ngineers"]}', REFUSED, 'names are compared exactly'],
    ['a space behind', engineers, '{"groups":["data-engineers "]}', REFUSED, 'names are compared exactly'],
    ['a newline behind', engineers, '{"groups":["data-engineers\\n"]}', REFUSED, 'names are compared exactly'],
    ['a NUL behind', engineers, '{"groups":["data-engineers\\u0000"]}', REFUSED, 'names are compared exactly'],
    ['a star in the token', engineers, '{"groups":["*"]}', REFUSED, 'stars stand in grants only'],
    ['a subject named like the group', engineers, '{"sub":"data-engineers"}', REFUSED, 'another claim'],
    ['a subject named like the sentence', engineers, '{"sub":"groups=data-engineers"}', REFUSED, 'another claim'],
    ['a subject like a list of claims', engineers, '{"sub":"jo oidc:groups=data-engineers"}', REFUSED, 'another claim'],
    ['a claim with "=" in its name', 'oidc:a=b=c', '{"a=b":"c"}', REFUSED, 'a name ends at the first "="'],
    ['a claim of the same beginning', 'oidc:a=b=c', '{"a":"b=c"}', ALLOWED, 'a name ends at the first "="'],
    ['a role’s ARN as the subject', ROLE, `{"sub":"${ROLE}"}`, REFUSED, 'another realm'],
    ['a session’s ARN as the subject', ROLE, `{"sub":"${SESSION}"}`, REFUSED, 'another realm'],
    ['a role’s ARN as a claim', ROLE, `{"${ROLE}":"reporting-x"}`, REFUSED, 'another realm'],
    ['a claim by another name', 'oidc:__proto__=jo', '{}', REFUSED, 'only what stands in the token'],
    ['an inherited name', 'oidc:constructor=jo', '{}', REFUSED, 'only what stands in the token'],
    [
      'a claim named __proto__',
      engineers,
      '{"__proto__":{"groups":["data-engineers"]}}',
      REFUSED,
      'a claim like others',
    ],
    ['a nested claim', 'oidc:realm_access.roles=a', '{"realm_access":{"roles":["a"]}}', REFUSED, 'no way into objects'],
    ['false as a text', 'oidc:email_verified=true', '{"email_verified":false}', REFUSED, 'another value'],
    ['no subject', engineers, '{"sub":null,"groups":["data-engineers"]}', UNPARSEABLE, 'names nobody'],
    ['an empty subject', engineers, '{"sub":"","groups":["data-engineers"]}', UNPARSEABLE, 'names nobody'],
    [
      'a list of issuers',
      engineers,
      '{"iss":["https://id.example.com"],"groups":["data-engineers"]}',
      UNPARSEABLE,
      'nobody',
    ],
    ['everybody', 'oidc:sub=*', '{}', FAULT, 'names nobody'],
    ['everybody of the issuer', 'oidc:iss=https://id.example.com', '{}', FAULT, 'names nobody'],
    ['a star in the claim', 'oidc:*=jo', '{}', FAULT, 'in full'],
  ])('%s: %s ← %s: %s, %s', (_name, who, claims, expected) => {
    const caller = callerFromClaims({ ...token, ...JSON.parse(claims) }) ?? null;
    expect(runAttack(AIRFLOW_2, 'version', 'version', caller, who)).toBe(expected);
  });

  test('a caller by signature has no claims', () => {
    expect(runAttack(AIRFLOW_2, 'version', 'version', callerFromArn(SESSION) ?? null, 'oidc:sub=reporting-x')).toBe(
      REFUSED,
    );
  });
});

describe('environments', () => {
  test.each<[where: string, environment: string, expected: boolean]>([
    ['analytics-prod', 'analytics-prod', true],
    ['analytics-*', 'analytics-prod', true],
    ['*-prod', 'analytics-prod', true],
    ['a*c', 'abc', true],
    ['analytics', 'analytics-prod', false],
    ['Analytics-prod', 'analytics-prod', false],
    ['ana*analytics', 'analytics', false],
    ['constructor', '__proto__', false],
    ['__proto__', '__proto__', true],
    ['', 'analytics-prod', false],
    ['.*', 'analytics-prod', false],
    ['analytics?prod', 'analytics-prod', false],
  ])('%s ← %s: %s', (where, environment, expected) => expect(matchesEnvironment(where, environment)).toBe(expected));
});
