import { describe, expect, test } from 'vitest';
import { runsDagCode } from '../../../airflow/command-effects.ts';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { callerFromArn, parseCaller } from '../../../policy/caller.ts';
import { COMMAND_SETS } from '../../../policy/command-sets.ts';
import {
  authorize,
  compilePolicy,
  findAllowingEntries,
  findNearestEntry,
  listGrantedRules,
} from '../../../policy/policy.ts';
import { expandRule } from '../../../policy/rule.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../airflow/catalogs.ts';

const ROLE = 'arn:aws:iam::111122223333:role/reporting-*';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/reporting-nightly/job-1';

/** What the sentence says of the command, for a caller whom it names. */
function isAllowed(may: string, command: string): boolean {
  const { policy, faults } = compilePolicy([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_2);
  expect(faults).toEqual([]);
  const invocation = completeInvocation(parseInvocation(AIRFLOW_2, splitCommandLine(command)), 'json', 'made-by-us');
  return authorize(policy, callerFromArn(SESSION)!, invocation) !== undefined;
}

const YES = true;
const NO = false;

describe('a sentence and a command', () => {
  test.each<[may: string, command: string, expected: boolean]>([
    ['dags list', 'dags list', YES],
    ['dags list', 'dags list -o json -v', YES],
    ['dags list', 'dags list-runs -d x', NO],
    ['dags list', 'dags list --subdir /tmp', NO],
    ['dags list --*', 'dags list --subdir /tmp', NO],
    ['dags list --subdir=/opt/*', 'dags list --subdir /opt/dags', YES],
    ['dags list --subdir=/opt/*', 'dags list', NO],

    ['dags trigger reporting_*', 'dags trigger reporting_daily', YES],
    ['dags trigger reporting_*', 'dags trigger billing', NO],
    ['dags trigger reporting_*', 'dags trigger -- -reporting_x', NO],
    ['dags trigger reporting_*', `dags trigger 'reporting_x --conf={}'`, YES],
    ['dags trigger reporting_*', 'dags trigger reporting_x --conf {}', NO],
    ['dags trigger reporting_*', 'dags trigger reporting_x --run-id r1', NO],
    ['dags trigger reporting_* --conf=* --run-id=*', 'dags trigger reporting_x', YES],
    ['dags trigger reporting_* --conf=* --run-id=*', 'dags trigger reporting_x -r r1 -c {}', YES],
    ['dags trigger reporting_* --conf=* --run-id=*', 'dags trigger reporting_x -e 2024-01-01', NO],
    ['dags trigger reporting_* --run-id=team_*', 'dags trigger reporting_x', NO],
    ['dags trigger reporting_* --run-id=team_*', 'dags trigger reporting_x -r team_1', YES],
    ['dags trigger reporting_* --run-id=team_*', 'dags trigger reporting_x -r team_1 -r other', NO],
    ['dags trigger reporting_*', 'dags pause reporting_x', NO],

    ['dags list-runs --dag-id=reporting_*', 'dags list-runs -d reporting_x', YES],
    ['dags list-runs --dag-id=reporting_*', 'dags list-runs -d reporting_x --state running', NO],
    ['dags list-runs --dag-id=reporting_* --*', 'dags list-runs -d reporting_x --state running', YES],

    ['tasks clear reporting_* --yes --only-failed', 'tasks clear reporting_x -y --only-failed', YES],
    ['tasks clear reporting_* --only-failed', 'tasks clear reporting_x -y', NO],
    ['tasks clear reporting_* --only-failed=*', 'tasks clear reporting_x -y', YES],
    ['tasks clear reporting_* --*', 'tasks clear reporting_x --dag-regex', NO],
    ['tasks clear reporting_* --*', 'tasks clear reporting_x -t a', YES],

    ['tasks test * *', 'tasks test a b', YES],
    ['tasks test * *', 'tasks test a b 2024-01-01', NO],
    ['tasks test * * 2024-*', 'tasks test a b', NO],
    ['tasks test * * *', 'tasks test a b', YES],

    ['roles create team_*', 'roles create team_a team_b', YES],
    ['roles create team_*', 'roles create team_a Admin', NO],
    ['roles create team_* ops_*', 'roles create ops_a team_a', YES],
    ['roles create team_* ops_*', 'roles create', NO],
    ['roles create * team_*', 'roles create', NO],
    ['roles create', 'roles create', YES],
    [
      'db clean --tables=log* --clean-before-timestamp=* --yes',
      'db clean -y --clean-before-timestamp 2024-01-01 -t log',
      YES,
    ],
    [
      'db clean --tables=log* --clean-before-timestamp=* --yes',
      'db clean -y --clean-before-timestamp 2024-01-01 -t log,xcom',
      NO,
    ],
    [
      'db clean --tables=log* --clean-before-timestamp=* --yes',
      `db clean -y --clean-before-timestamp 2024-01-01 -t ' log, logs'`,
      YES,
    ],
    ['db clean --tables=log* --clean-before-timestamp=*', 'db clean -y --clean-before-timestamp 2024-01-01', NO],
  ])('%s ← %s: %s', (may, command, expected) => {
    expect(isAllowed(may, command)).toBe(expected);
  });
});

describe('a caller and a pattern of callers', () => {
  const role = 'arn:aws:iam::111122223333:role/';
  test.each<[who: string, arn: string, expected: boolean]>([
    [`${role}reporting-*`, SESSION, YES],
    [`${role}reporting-nightly`, SESSION, YES],
    [`${role}team/reporting-nightly`, SESSION, YES],
    [`${role}reporting`, SESSION, NO],
    [`${role}job-1`, SESSION, NO],
    [`${role}reporting-*`, 'arn:aws:sts::111122223333:assumed-role/admin/reporting-nightly', NO],
    [`${role}reporting-*`, 'arn:aws:sts::999999999999:assumed-role/reporting-nightly/x', NO],
    [`${role}reporting-*`, 'arn:aws-cn:sts::111122223333:assumed-role/reporting-nightly/x', NO],
    [`${role}reporting-*`, 'arn:aws:iam::111122223333:user/reporting-nightly', NO],
    ['arn:aws:iam::111122223333:user/jo', 'arn:aws:iam::111122223333:user/team/jo', YES],
    ['arn:aws:iam::111122223333:user/jo', 'arn:aws:sts::111122223333:federated-user/jo', NO],
    ['arn:aws:sts::111122223333:federated-user/jo', 'arn:aws:sts::111122223333:federated-user/jo', YES],
    ['arn:aws:iam::111122223333:root', 'arn:aws:iam::111122223333:root', YES],
  ])('%s ← %s: %s', (who, arn, expected) => {
    const { policy, faults } = compilePolicy([{ who: [who], may: ['version'], line: 1 }], AIRFLOW_2);
    expect(faults).toEqual([]);
    expect(authorize(policy, callerFromArn(arn)!, parseInvocation(AIRFLOW_2, ['version'])) !== undefined).toBe(
      expected,
    );
  });

  test.each(['arn:aws:iam::111122223333:role/x', 'anything', '', `${SESSION}/more`, 'arn:aws:sts::1:assumed-role/a/b'])(
    'no caller is named by %s',
    (arn) => expect(callerFromArn(arn)).toBeUndefined(),
  );
});

describe('a sentence that cannot be read is a fault and grants nothing', () => {
  test.each<[list: 'who' | 'may', text: string, message: RegExp]>([
    ['may', 'dags triger x', /Did you mean "trigger"/],
    ['may', 'dags trigger', /needs dag_id/],
    ['may', 'dags trigger a b', /does not take "b"/],
    ['may', 'dags trigger * --confg=*', /Did you mean "--conf"/],
    ['may', 'dags trigger * --conf', /--conf=\*/],
    ['may', 'dags trigger * --conf=a --conf=b', /named twice/],
    ['may', 'tasks clear * --only-failed=yes', /takes no value/],
    ['may', 'dags trigger "x', /not closed/],
    ['may', '@raed', /no set "@raed". Did you mean "@read"/],
    ['may', '@read x', /stands alone/],
    ['may', '@constructor', /no set/],
    ['who', 'arn:aws:iam::111122223333:role/*', /every role/],
    ['who', 'arn:aws:iam::*:role/x', /account/],
    ['who', 'arn:*:iam::111122223333:role/x', /partition/],
    ['who', 'arn:aws:iam::111122223333:role/te*m/x', /path/],
    ['who', 'arn:aws:sts::111122223333:assumed-role/x/y', /iam::111122223333:role\/x/],
    ['who', 'arn:aws:iam::111122223333:group/x', /role\/NAME/],
    ['who', 'arn:aws:iam::111122223333:role/', /role\/NAME/],
    ['who', 'somebody', /IAM ARN/],
    ['who', 'oidc:sub=*', /everybody/],
  ])('%s: %s', (list, text, message) => {
    const grant = { who: [ROLE], may: ['version'], line: 1, [list]: [text] };
    const { policy, faults } = compilePolicy([grant], AIRFLOW_2);
    expect(faults).toEqual([{ grant: 0, list, entry: 0, message: expect.stringMatching(message) }]);
    expect(authorize(policy, callerFromArn(SESSION)!, parseInvocation(AIRFLOW_2, ['version']))).toBeUndefined();
  });
});

test('the decision names the grant, the refusal what is granted and why the nearest does not fit', () => {
  const { policy } = compilePolicy([{ who: [ROLE], may: ['version', 'dags pause a_*'], line: 7 }], AIRFLOW_2);
  const caller = callerFromArn(SESSION)!;
  const pauses = (dag: string) => parseInvocation(AIRFLOW_2, ['dags', 'pause', dag]);
  expect(authorize(policy, caller, pauses('a_b'))).toMatchObject({ rule: { text: 'dags pause a_*' }, line: 7 });
  expect(authorize(policy, caller, pauses('b'))).toBeUndefined();
  expect(listGrantedRules(policy, caller)).toEqual(['version', 'dags pause a_*']);
  expect(findNearestEntry(policy, caller, pauses('b'))).toMatchObject({
    sentence: { line: 7 },
    why: 'It wants dag_id to be a_*.',
  });
  expect(findNearestEntry(policy, caller, parseInvocation(AIRFLOW_2, ['dags', 'delete', 'a_b']))).toBeUndefined();
});

describe('several sentences', () => {
  const caller = callerFromArn(SESSION)!;
  const triggers = parseInvocation(AIRFLOW_2, ['dags', 'trigger', 'reporting_x']);

  test.each<[rule: string, may: string[], by: string]>([
    [
      'one that does not fit hides none that begins as it does',
      ['dags trigger reporting_*_y', 'dags trigger rep*'],
      'dags trigger rep*',
    ],
    ['nor one that begins with a star', ['dags trigger reporting_*_y', 'dags trigger *_x'], 'dags trigger *_x'],
    [
      'nor one of the same beginning',
      ['dags trigger reporting_*y', 'dags trigger reporting_*x'],
      'dags trigger reporting_*x',
    ],
  ])('%s', (_rule, may, by) => {
    const { policy } = compilePolicy([{ who: [ROLE], may, line: 1 }], AIRFLOW_2);
    expect(authorize(policy, caller, triggers)?.rule.text).toBe(by);
  });

  test('a narrower pattern of callers hides no wider one', () => {
    const other = 'arn:aws:iam::111122223333:role/reporting-*-x';
    const grants = [other, ROLE].map((who, index) => ({ who: [who], may: ['dags trigger *'], line: index }));
    expect(authorize(compilePolicy(grants, AIRFLOW_2).policy, caller, triggers)).toMatchObject({ line: 1 });
  });

  test('a refusal tells a caller of its own grants only, each once', () => {
    const { policy } = compilePolicy(
      [
        { who: ['arn:aws:iam::111122223333:role/other'], may: ['dags trigger a'], line: 1 },
        { who: ['arn:aws:iam::111122223333:user/reporting-*'], may: ['dags trigger b'], line: 2 },
        { who: [ROLE, 'arn:aws:iam::111122223333:role/rep*'], may: ['dags trigger c', 'version'], line: 3 },
      ],
      AIRFLOW_2,
    );
    expect(listGrantedRules(policy, caller)).toEqual(['dags trigger c', 'version']);
    expect(findNearestEntry(policy, caller, triggers)).toMatchObject({ sentence: { line: 3 } });
    expect(findNearestEntry(policy, caller, parseInvocation(AIRFLOW_2, ['version']))).toBeUndefined();
  });

  test('which sentences would allow a command, whoever they are for', () => {
    const { policy } = compilePolicy(
      [
        { who: ['arn:aws:iam::111122223333:role/other'], may: ['dags trigger *', 'version'], line: 1 },
        { who: [ROLE], may: ['dags trigger billing_*', 'dags trigger rep*'], line: 2 },
      ],
      AIRFLOW_2,
    );
    expect(findAllowingEntries(policy, triggers).map(({ line, rule }) => [line, rule.text])).toEqual([
      [1, 'dags trigger *'],
      [2, 'dags trigger rep*'],
    ]);
  });

  test('a fault names its grant and entry, and the other entries grant', () => {
    const { policy, faults } = compilePolicy(
      [
        { who: [ROLE], may: ['version'], line: 1 },
        { who: [ROLE, 'somebody'], may: ['dags triger x', 'dags trigger *', 'dags triger x'], line: 2 },
      ],
      AIRFLOW_2,
    );
    expect(faults.map(({ grant, list, entry }) => [grant, list, entry])).toEqual([
      [1, 'who', 1],
      [1, 'may', 0],
      [1, 'may', 2],
    ]);
    expect(authorize(policy, caller, triggers)).toMatchObject({ line: 2 });
  });
});

describe('why a sentence does not fit', () => {
  test.each<[may: string, command: string, why: string]>([
    ['dags trigger a', 'dags trigger b', 'It wants dag_id to be a.'],
    ['dags trigger *', 'dags trigger b -c {}', 'It does not name --conf.'],
    ['dags trigger * --run-id=x*', 'dags trigger b', 'It demands --run-id.'],
    ['roles create a b*', 'roles create c', 'It wants role to be a or b*.'],
  ])('%s ← %s: %s', (may, command, why) => {
    const { policy } = compilePolicy([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_2);
    const invocation = completeInvocation(parseInvocation(AIRFLOW_2, splitCommandLine(command)), 'json', 'made-by-us');
    expect(findNearestEntry(policy, callerFromArn(SESSION)!, invocation)).toMatchObject({ why });
  });
});

describe('a set holds commands that AWS lists', () => {
  test.each<[set: string, catalog: typeof AIRFLOW_2, holds: string[], not: string[]]>([
    [
      '@read',
      AIRFLOW_2,
      ['version', 'dags list', 'tasks state', 'providers list', 'variables list'],
      ['variables get', 'tasks render', 'connections list', 'dags trigger', 'pools list', 'dags test'],
    ],
    ['@read', AIRFLOW_3, ['assets list', 'dags list-runs'], ['assets materialize', 'config list']],
    ['@secrets', AIRFLOW_2, ['variables get', 'tasks render'], ['connections get', 'version']],
    ['@trigger', AIRFLOW_2, ['dags trigger'], ['dags backfill', 'dags test', 'tasks run', 'dags pause']],
    ['@trigger', AIRFLOW_3, ['dags trigger', 'assets materialize'], ['backfill create']],
    [
      '@operate',
      AIRFLOW_2,
      ['dags trigger', 'dags pause', 'dags unpause', 'tasks clear'],
      ['dags delete', 'db clean', 'tasks test'],
    ],
    ['@operate', AIRFLOW_3, ['backfill create'], ['dags delete', 'tasks test']],
  ])('%s', (set, catalog, holds, not) => {
    const found = expandRule(catalog, set).map(({ command }) => command.path.join(' '));
    expect(found).toEqual(expect.arrayContaining(holds));
    expect(found.filter((path) => not.includes(path))).toEqual([]);
  });

  test('what is in no set: what executes code, what AWS does not list', () => {
    const all = Object.keys(COMMAND_SETS).flatMap((set) => expandRule(AIRFLOW_2, set));
    for (const { command } of all) {
      expect(command.listed).toBe(true);
      expect(runsDagCode(command.path)).toBe(false);
    }
  });

  test.each<[command: string, expected: boolean]>([
    ['dags list-runs -d x --state running', YES],
    ['dags list --subdir /tmp', NO],
    ['dags show x --save y.png', NO],
    ['dags trigger x', NO],
  ])('@read ← %s: %s', (command, expected) => expect(isAllowed('@read', command)).toBe(expected));
});

test('a caller with several names is told what is granted to any of them', () => {
  const { policy } = compilePolicy([{ who: ['oidc:groups=a'], may: ['version'], line: 1 }], AIRFLOW_2);
  expect(listGrantedRules(policy, parseCaller(['oidc:sub=jo', 'oidc:groups=a', 'oidc:groups=b'])!)).toEqual([
    'version',
  ]);
  expect(listGrantedRules(policy, parseCaller(['oidc:sub=jo', 'oidc:groups=b'])!)).toEqual([]);
});

describe('what a set holds', () => {
  const held = (set: string, catalog: typeof AIRFLOW_2) =>
    expandRule(catalog, set).map(({ command }) => command.path.join(' '));

  test('@health is the question how the way is, and nothing else', () => {
    expect(held('@health', AIRFLOW_2)).toEqual(['@health']);
    for (const set of Object.keys(COMMAND_SETS).filter((name) => name !== '@health')) {
      expect(held(set, AIRFLOW_2)).not.toContain('@health');
    }
  });

  test('@secrets shows what is often secret, and changes nothing', () => {
    expect(held('@secrets', AIRFLOW_2)).toContain('variables get');
    for (const path of ['variables export', 'dags list', 'variables set'])
      expect(held('@secrets', AIRFLOW_2)).not.toContain(path);
    const newer = { ...AIRFLOW_2, airflow: '3.3.1' };
    expect(held('@secrets', AIRFLOW_2)).toContain('tasks render');
    expect(held('@secrets', newer)).not.toContain('tasks render');
    expect(held('@read', AIRFLOW_2)).toContain('tasks list');
    expect(held('@read', newer)).not.toContain('tasks list');
  });
});
