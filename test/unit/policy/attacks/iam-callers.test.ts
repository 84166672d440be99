import { describe, expect, test } from 'vitest';
import { callerFromArn } from '../../../../policy/caller.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, type AttackResult, DENIED, FAULT, REJECTED, runAttack, SESSION } from './run-attack.ts';

describe('attacks by the ARN of the caller', () => {
  const iam = 'arn:aws:iam::111122223333:';
  const sts = 'arn:aws:sts::111122223333:';
  test.each<[name: string, who: string, arn: string, expected: AttackResult, reason: string]>([
    ['the role', `${iam}role/reporting-*`, SESSION, ALLOWED, 'the intended use'],
    ['the role with its path', `${iam}role/team/data/reporting-*`, SESSION, ALLOWED, 'the path is ignored'],
    [
      'a session named like the role',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/reporting-x`,
      DENIED,
      'the session name is ignored',
    ],
    [
      'a session named like an ARN',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/arn:aws:sts::111122223333:assumed-role/reporting-x`,
      REJECTED,
      'not a valid session name',
    ],
    [
      'a session with a slash',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x/a/b`,
      REJECTED,
      'not a valid session name',
    ],
    [
      'an assumed role without a session',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x`,
      REJECTED,
      'API Gateway does not use this format',
    ],
    [
      'an assumed role with an empty session',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/reporting-x/`,
      REJECTED,
      'API Gateway does not use this format',
    ],
    ['a trailing newline', `${iam}role/reporting-*`, `${SESSION}\n`, REJECTED, 'not an ARN'],
    [
      'two ARNs on two lines',
      `${iam}role/reporting-*`,
      `${sts}assumed-role/evil/x\n${SESSION}`,
      REJECTED,
      'not an ARN',
    ],
    [
      'another account',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '999999999999'),
      DENIED,
      'accounts are compared exactly',
    ],
    [
      'a longer account',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '1111222233334'),
      REJECTED,
      'an account ID has 12 digits',
    ],
    [
      'an account in non-ASCII digits',
      `${iam}role/reporting-*`,
      SESSION.replace('111122223333', '١١١١٢٢٢٢٣٣٣٣'),
      REJECTED,
      'only ASCII digits are accepted',
    ],
    [
      'another partition',
      `${iam}role/reporting-*`,
      SESSION.replace('aws', 'aws-cn'),
      DENIED,
      'partitions are compared exactly',
    ],
    [
      'a region',
      `${iam}role/reporting-*`,
      SESSION.replace('sts::', 'sts:eu-west-1:'),
      REJECTED,
      'API Gateway does not use this format',
    ],
    [
      'a user with the same name',
      `${iam}role/reporting-*`,
      `${iam}user/reporting-x`,
      DENIED,
      'a different kind of principal',
    ],
    [
      'a user whose path looks like the role',
      `${iam}role/reporting-*`,
      `${iam}user/role/reporting-x`,
      DENIED,
      'a different kind of principal',
    ],
    [
      'a federated user with the same name',
      `${iam}role/reporting-*`,
      `${sts}federated-user/reporting-x`,
      DENIED,
      'a different kind of principal',
    ],
    [
      'a role’s own ARN',
      `${iam}role/reporting-*`,
      `${iam}role/reporting-x`,
      REJECTED,
      'API Gateway does not use this format',
    ],
    ['root', `${iam}role/reporting-*`, `${iam}root`, DENIED, 'a different kind of principal'],
    ['root, granted', `${iam}root`, `${iam}root`, ALLOWED, 'the intended use'],
    ['a user named root', `${iam}root`, `${iam}user/root`, DENIED, 'a different kind of principal'],
    ['capitals', `${iam}role/reporting-*`, `${sts}assumed-role/Reporting-x/s`, DENIED, 'names are compared exactly'],
    [
      'a role with a suffix',
      `${iam}role/reporting`,
      `${sts}assumed-role/reporting-x/s`,
      DENIED,
      'the rule has no star',
    ],
    [
      'a star in the caller',
      `${iam}role/reporting-x`,
      `${sts}assumed-role/reporting-*/s`,
      REJECTED,
      'not a valid role name',
    ],
    ['a star in the middle', `${iam}role/re*ng`, `${sts}assumed-role/reporting/s`, ALLOWED, 'the intended use'],
    [
      'a star in the middle, cut short',
      `${iam}role/rep*porting`,
      `${sts}assumed-role/reporting/s`,
      DENIED,
      'prefix and suffix must not overlap',
    ],
    ['a star for all', `${iam}role/*`, SESSION, FAULT, 'it would match every role'],
    ['stars for all', `${iam}role/**`, SESSION, FAULT, 'it would match every role'],
    ['a path and a star', `${iam}role/team/*`, SESSION, FAULT, 'the path of a role is unknown'],
    ['a star in the path', `${iam}role/*/reporting-x`, SESSION, FAULT, 'the path of a role is unknown'],
    ['a star for the account', 'arn:aws:iam::*:role/reporting-x', SESSION, FAULT, 'it must be written in full'],
    ['a star in the account', 'arn:aws:iam::1111*:role/reporting-x', SESSION, FAULT, 'it must be written in full'],
    [
      'a star for the partition',
      'arn:*:iam::111122223333:role/reporting-x',
      SESSION,
      FAULT,
      'it must be written in full',
    ],
    ['a star for the kind', `${iam}*/reporting-x`, SESSION, FAULT, 'it must be written in full'],
    ['a star', '*', SESSION, FAULT, 'it identifies no caller'],
    ['an empty caller pattern', '', SESSION, FAULT, 'it identifies no caller'],
    ['an account in place of an ARN', '111122223333', SESSION, FAULT, 'it identifies no caller'],
    ['a session in the grant', SESSION, SESSION, FAULT, 'the session name is ignored'],
    ['a name that no role can have', `${iam}role/rеporting`, SESSION, FAULT, 'it contains a Cyrillic letter'],
    ['__proto__', `${iam}role/__proto__`, `${sts}assumed-role/__proto__/s`, ALLOWED, 'an ordinary name'],
  ])('%s: with a grant to "%s", %s is %s: %s', (_name, who, arn, expected) => {
    const caller = callerFromArn(arn);
    expect(runAttack({ catalog: AIRFLOW_2, who, may: 'version', caller, request: 'version' })).toBe(expected);
  });
});
