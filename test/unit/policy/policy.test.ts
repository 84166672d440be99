import { describe, expect, test } from 'vitest';
import { complete } from '../../../airflow/complete.ts';
import { parse } from '../../../airflow/parse.ts';
import { words } from '../../../airflow/words.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compile, decide } from '../../../policy/policy.ts';
import { AIRFLOW_2 } from '../airflow/catalogues.ts';

const ROLE = 'arn:aws:iam::111122223333:role/reporting-*';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/reporting-nightly/job-1';

/** What the sentence says of the command, for a caller whom it names. */
function allowed(may: string, command: string): boolean {
  const { policy, faults } = compile([{ who: [ROLE], may: [may], line: 1 }], AIRFLOW_2);
  expect(faults).toEqual([]);
  const invocation = complete(parse(AIRFLOW_2, words(command)), 'json', 'made-by-us');
  return decide(policy, callerFromArn(SESSION)!, invocation).allowed;
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
    ['db clean --tables=log* --clean-before-timestamp=*', 'db clean -y --clean-before-timestamp 2024-01-01', NO],
  ])('%s ← %s: %s', (may, command, expected) => {
    expect(allowed(may, command)).toBe(expected);
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
    const { policy, faults } = compile([{ who: [who], may: ['version'], line: 1 }], AIRFLOW_2);
    expect(faults).toEqual([]);
    expect(decide(policy, callerFromArn(arn)!, parse(AIRFLOW_2, ['version'])).allowed).toBe(expected);
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
    ['who', 'arn:aws:iam::111122223333:role/*', /every role/],
    ['who', 'arn:aws:iam::*:role/x', /account/],
    ['who', 'arn:*:iam::111122223333:role/x', /partition/],
    ['who', 'arn:aws:iam::111122223333:role/te*m/x', /path/],
    ['who', 'arn:aws:sts::111122223333:assumed-role/x/y', /iam::111122223333:role\/x/],
    ['who', 'arn:aws:iam::111122223333:group/x', /role\/NAME/],
    ['who', 'arn:aws:iam::111122223333:role/', /role\/NAME/],
    ['who', 'somebody', /IAM ARN/],
    ['who', 'oidc:sub=x', /not supported yet/],
  ])('%s: %s', (list, text, message) => {
    const grant = { who: [ROLE], may: ['version'], line: 1, [list]: [text] };
    const { policy, faults } = compile([grant], AIRFLOW_2);
    expect(faults).toEqual([{ grant: 0, list, entry: 0, message: expect.stringMatching(message) }]);
    expect(decide(policy, callerFromArn(SESSION)!, parse(AIRFLOW_2, ['version'])).allowed).toBe(false);
  });
});

test('the decision names the grant, the refusal what is granted', () => {
  const { policy } = compile([{ who: [ROLE], may: ['version', 'dags pause a_*'], line: 7 }], AIRFLOW_2);
  const caller = callerFromArn(SESSION)!;
  expect(decide(policy, caller, parse(AIRFLOW_2, ['dags', 'pause', 'a_b']))).toEqual({
    allowed: true,
    grant: { text: 'dags pause a_*', line: 7 },
  });
  expect(decide(policy, caller, parse(AIRFLOW_2, ['dags', 'delete', 'a_b']))).toEqual({
    allowed: false,
    granted: ['version', 'dags pause a_*'],
  });
});
