import { describe, expect, test } from 'vitest';
import { findEffects } from '../../../airflow/command-effects.ts';
import { completeInvocation } from '../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { authorize } from '../../../policy/authorize.ts';
import { callerFromArn, parseCaller } from '../../../policy/caller.ts';
import { COMMAND_SETS } from '../../../policy/command-sets.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { findAllowingEntries, findNearestEntry, listGrantedRules } from '../../../policy/find-entries.ts';
import { expandRule } from '../../../policy/rule.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

const ROLE = 'arn:aws:iam::111122223333:role/reporting-*';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/reporting-nightly/job-1';

/** Whether a grant with one rule allows a command to the caller that it names. */
function isAllowed(may: string, command: string): boolean {
  const { policy, faults } = compilePolicy([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_2);
  expect(faults).toEqual([]);
  const invocation = completeInvocation(parseInvocation(AIRFLOW_2, splitCommandLine(command)), 'json', 'proxy-run-id');
  return authorize(policy, callerFromArn(SESSION)!, invocation) !== undefined;
}

/** The commands of a set. */
const listPaths = (set: string, catalog: typeof AIRFLOW_2) =>
  expandRule(catalog, set).map(({ command }) => command.path.join(' '));

const YES = true;
const NO = false;

describe('a rule and a command', () => {
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
    ['tasks test * * 2024-01-01', 'tasks test a b', NO],
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
  ])('the rule "%s" allows "%s": %s', (may, command, expected) => {
    expect(isAllowed(may, command)).toBe(expected);
  });
});

describe('a caller pattern and a caller', () => {
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
  ])('a grant to "%s" applies to %s: %s', (who, arn, expected) => {
    const { policy, faults } = compilePolicy([{ who: [who], may: ['version'], line: 1 }], AIRFLOW_2);
    expect(faults).toEqual([]);
    expect(authorize(policy, callerFromArn(arn)!, parseInvocation(AIRFLOW_2, ['version'])) !== undefined).toBe(
      expected,
    );
  });

  test.each(['arn:aws:iam::111122223333:role/x', 'anything', '', `${SESSION}/more`, 'arn:aws:sts::1:assumed-role/a/b'])(
    '"%s" does not identify a caller',
    (arn) => expect(callerFromArn(arn)).toBeUndefined(),
  );
});

describe('an invalid rule or caller pattern is a fault and grants nothing', () => {
  test.each<[list: 'who' | 'may', text: string, message: RegExp]>([
    ['may', 'dags triger x', /Did you mean "dags trigger"/],
    ['may', 'dags trigger', /requires dag_id/],
    ['may', 'dags trigger a b', /does not accept the argument "b"/],
    ['may', 'dags trigger * --confg=*', /Did you mean "--conf"/],
    ['may', 'dags trigger * --conf', /--conf=\*/],
    ['may', 'dags trigger * --conf=a --conf=b', /appears twice/],
    ['may', 'tasks clear * --only-failed=yes', /does not accept a value/],
    ['may', 'dags trigger "x', /not closed/],
    ['may', '@raed', /no set "@raed". Did you mean "@read"/],
    ['may', '@read x', /accepts no arguments/],
    ['may', '@constructor', /no set/],
    ['who', 'arn:aws:iam::111122223333:role/*', /every role/],
    ['who', 'arn:aws:iam::*:role/x', /account/],
    ['who', 'arn:*:iam::111122223333:role/x', /partition/],
    ['who', 'arn:aws:iam::111122223333:role/te*m/x', /path/],
    ['who', 'arn:aws:sts::111122223333:assumed-role/x/y', /iam::111122223333:role\/x/],
    ['who', 'arn:aws:iam::111122223333:group/x', /role\/NAME/],
    ['who', 'arn:aws:iam::111122223333:role/', /role\/NAME/],
    ['who', 'somebody', /IAM ARN/],
    ['who', 'oidc:sub=*', /every caller/],
  ])('%s: %s', (list, text, message) => {
    const grant = { who: [ROLE], may: ['version'], line: 1, [list]: [text] };
    const { policy, faults } = compilePolicy([grant], AIRFLOW_2);
    expect(faults).toEqual([{ grant: 0, list, entry: 0, message: expect.stringMatching(message) }]);
    expect(authorize(policy, callerFromArn(SESSION)!, parseInvocation(AIRFLOW_2, ['version']))).toBeUndefined();
  });
});

test('a decision contains the rule, and a denied caller gets its granted rules and the mismatch of the nearest one', () => {
  const { policy } = compilePolicy([{ who: [ROLE], may: ['version', 'dags pause a_*'], line: 7 }], AIRFLOW_2);
  const caller = callerFromArn(SESSION)!;
  const parsePause = (dag: string) => parseInvocation(AIRFLOW_2, ['dags', 'pause', dag]);
  expect(authorize(policy, caller, parsePause('a_b'))).toMatchObject({ rule: { text: 'dags pause a_*' }, line: 7 });
  expect(authorize(policy, caller, parsePause('b'))).toBeUndefined();
  expect(listGrantedRules(policy, caller)).toEqual(['version', 'dags pause a_*']);
  expect(findNearestEntry(policy, caller, parsePause('b'))).toMatchObject({
    entry: { line: 7 },
    mismatch: 'dag_id must match a_*.',
  });
  expect(findNearestEntry(policy, caller, parseInvocation(AIRFLOW_2, ['dags', 'delete', 'a_b']))).toBeUndefined();
});

describe('several rules', () => {
  const caller = callerFromArn(SESSION)!;
  const trigger = parseInvocation(AIRFLOW_2, ['dags', 'trigger', 'reporting_x']);

  test.each<[behavior: string, may: string[], allowedBy: string]>([
    [
      'a rule that does not match does not hide one with a shorter prefix',
      ['dags trigger reporting_*_y', 'dags trigger rep*'],
      'dags trigger rep*',
    ],
    [
      'a rule that does not match does not hide one that begins with a star',
      ['dags trigger reporting_*_y', 'dags trigger *_x'],
      'dags trigger *_x',
    ],
    [
      'a rule that does not match does not hide one with the same prefix',
      ['dags trigger reporting_*y', 'dags trigger reporting_*x'],
      'dags trigger reporting_*x',
    ],
  ])('%s', (_behavior, may, allowedBy) => {
    const { policy } = compilePolicy([{ who: [ROLE], may, line: 1 }], AIRFLOW_2);
    expect(authorize(policy, caller, trigger)?.rule.text).toBe(allowedBy);
  });

  test('a narrow caller pattern that does not match does not hide a wider one', () => {
    const other = 'arn:aws:iam::111122223333:role/reporting-*-x';
    const grants = [other, ROLE].map((who, index) => ({ who: [who], may: ['dags trigger *'], line: index }));
    expect(authorize(compilePolicy(grants, AIRFLOW_2).policy, caller, trigger)).toMatchObject({ line: 1 });
  });

  test('a denied caller gets only its own rules, each once', () => {
    const { policy } = compilePolicy(
      [
        { who: ['arn:aws:iam::111122223333:role/other'], may: ['dags trigger a'], line: 1 },
        { who: ['arn:aws:iam::111122223333:user/reporting-*'], may: ['dags trigger b'], line: 2 },
        { who: [ROLE, 'arn:aws:iam::111122223333:role/rep*'], may: ['dags trigger c', 'version'], line: 3 },
      ],
      AIRFLOW_2,
    );
    expect(listGrantedRules(policy, caller)).toEqual(['dags trigger c', 'version']);
    expect(findNearestEntry(policy, caller, trigger)).toMatchObject({ entry: { line: 3 } });
    expect(findNearestEntry(policy, caller, parseInvocation(AIRFLOW_2, ['version']))).toBeUndefined();
  });

  test('finds the entries that would allow a command to any caller', () => {
    const { policy } = compilePolicy(
      [
        { who: ['arn:aws:iam::111122223333:role/other'], may: ['dags trigger *', 'version'], line: 1 },
        { who: [ROLE], may: ['dags trigger billing_*', 'dags trigger rep*'], line: 2 },
      ],
      AIRFLOW_2,
    );
    expect(findAllowingEntries(policy, trigger).map(({ line, rule }) => [line, rule.text])).toEqual([
      [1, 'dags trigger *'],
      [2, 'dags trigger rep*'],
    ]);
  });

  test('a fault names its grant and entry, and the other entries still apply', () => {
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
    expect(authorize(policy, caller, trigger)).toMatchObject({ line: 2 });
  });
});

describe('the nearest entry explains why it does not match', () => {
  test.each<[may: string, command: string, mismatch: string]>([
    ['dags trigger a', 'dags trigger b', 'dag_id must match a.'],
    ['dags trigger *', 'dags trigger b -c {}', 'The rule does not allow --conf.'],
    ['dags trigger * --run-id=x*', 'dags trigger b', '--run-id is required.'],
    ['roles create a b*', 'roles create c', 'role must match a or b*.'],
  ])('the rule "%s" and "%s": %s', (may, command, mismatch) => {
    const { policy } = compilePolicy([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_2);
    const invocation = completeInvocation(
      parseInvocation(AIRFLOW_2, splitCommandLine(command)),
      'json',
      'proxy-run-id',
    );
    expect(findNearestEntry(policy, callerFromArn(SESSION)!, invocation)).toMatchObject({ mismatch });
  });
});

describe('a set contains only commands that AWS lists', () => {
  test.each<[set: string, catalog: typeof AIRFLOW_2, contained: string[], notContained: string[]]>([
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
  ])('%s', (set, catalog, contained, notContained) => {
    const paths = listPaths(set, catalog);
    expect(paths).toEqual(expect.arrayContaining(contained));
    expect(paths.filter((path) => notContained.includes(path))).toEqual([]);
  });

  test('no set contains a command that runs DAG code or that AWS does not list', () => {
    const rules = Object.keys(COMMAND_SETS).flatMap((set) => expandRule(AIRFLOW_2, set));
    for (const { command } of rules) {
      expect(command.listed).toBe(true);
      expect([...findEffects(command.path, AIRFLOW_2.airflow)]).not.toContain('runs-code');
    }
  });

  test.each<[command: string, expected: boolean]>([
    ['dags list-runs -d x --state running', YES],
    ['dags list --subdir /tmp', NO],
    ['dags show x --save y.png', NO],
    ['dags trigger x', NO],
  ])('@read allows "%s": %s', (command, expected) => expect(isAllowed('@read', command)).toBe(expected));
});

test('a caller with several identities gets the rules granted to any of them', () => {
  const { policy } = compilePolicy([{ who: ['oidc:groups=a'], may: ['version'], line: 1 }], AIRFLOW_2);
  expect(listGrantedRules(policy, parseCaller(['oidc:sub=jo', 'oidc:groups=a', 'oidc:groups=b'])!)).toEqual([
    'version',
  ]);
  expect(listGrantedRules(policy, parseCaller(['oidc:sub=jo', 'oidc:groups=b'])!)).toEqual([]);
});

describe('a set', () => {
  test('@health is the connectivity check only, and no other set contains it', () => {
    expect(listPaths('@health', AIRFLOW_2)).toEqual(['@health']);
    for (const set of Object.keys(COMMAND_SETS).filter((other) => other !== '@health')) {
      expect(listPaths(set, AIRFLOW_2)).not.toContain('@health');
    }
  });

  test('@secrets contains commands that print secrets and change nothing', () => {
    expect(listPaths('@secrets', AIRFLOW_2)).toContain('variables get');
    for (const path of ['variables export', 'dags list', 'variables set'])
      expect(listPaths('@secrets', AIRFLOW_2)).not.toContain(path);
    const newer = { ...AIRFLOW_2, airflow: '3.3.1' };
    expect(listPaths('@secrets', AIRFLOW_2)).toContain('tasks render');
    expect(listPaths('@secrets', newer)).not.toContain('tasks render');
    expect(listPaths('@read', AIRFLOW_2)).toContain('tasks list');
    expect(listPaths('@read', newer)).not.toContain('tasks list');
  });
});
