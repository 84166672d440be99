import { describe, expect, test } from 'vitest';
import { callerFromArn, callerNamed } from '../../../policy/caller.ts';

const ACCOUNT = '111122223333';
const IAM = `arn:aws:iam::${ACCOUNT}:`;
const STS = `arn:aws:sts::${ACCOUNT}:`;

describe('the caller that API Gateway names', () => {
  test.each<[arn: string, kind: string, name: string]>([
    [`${STS}assumed-role/team/jo`, 'role', 'team'],
    [`${STS}assumed-role/w+=,.@_-9/w+=,.@_-9`, 'role', 'w+=,.@_-9'],
    [`${IAM}user/jo`, 'user', 'jo'],
    [`${IAM}user/path/of/jo`, 'user', 'jo'],
    [`${STS}federated-user/jo`, 'federated-user', 'jo'],
    [`${IAM}root`, 'root', ''],
  ])('%s', (arn, kind, name) => {
    expect(callerFromArn(arn)).toEqual({ kind, partition: 'aws', account: ACCOUNT, name, arn });
  });

  test.each<[what: string, arn: string]>([
    ['a role, which signs only through a session', `${IAM}role/team`],
    ['a role without a session', `${STS}assumed-role/team`],
    ['a session with more behind it', `${STS}assumed-role/team/jo/x`],
    ['a session of IAM', `${IAM}assumed-role/team/jo`],
    ['a group', `${IAM}group/team`],
    ['a user without a name', `${IAM}user/path/`],
    ['a user of STS', `${STS}user/jo`],
    ['a federated user with a path', `${STS}federated-user/path/jo`],
    ['root with more behind it', `${IAM}root/x`],
    ['a star in the name', `${IAM}user/*`],
    ['a line end', `${IAM}user/jo\n`],
    ['a word before it', `x ${IAM}root`],
    ['13 digits', 'arn:aws:iam::1111222233334:root'],
    ['a partition with a star', `arn:a*:iam::${ACCOUNT}:root`],
  ])('is not %s: %s', (_what, arn) => expect(callerFromArn(arn)).toBeUndefined());
});

describe('the caller that a person means', () => {
  test.each<[arn: string, kind: string, name: string]>([
    [`${IAM}role/team`, 'role', 'team'],
    [`${IAM}role/path/of/team`, 'role', 'team'],
    [`${IAM}role/w+=,.@_-9`, 'role', 'w+=,.@_-9'],
    [`${STS}assumed-role/team/jo`, 'role', 'team'],
    [`${IAM}user/jo`, 'user', 'jo'],
    [`${IAM}root`, 'root', ''],
  ])('%s', (arn, kind, name) => {
    expect(callerNamed(arn)).toMatchObject({ kind, partition: 'aws', account: ACCOUNT, name });
  });

  test('of another partition keeps it', () => {
    expect(callerNamed(`arn:aws-us-gov:iam::${ACCOUNT}:role/team`)).toMatchObject({ partition: 'aws-us-gov' });
  });

  test.each<[what: string, arn: string]>([
    ['a group', `${IAM}group/team`],
    ['a role without a name', `${IAM}role/`],
    ['a role with a path and without a name', `${IAM}role/path/`],
    ['a pattern of roles', `${IAM}role/team-*`],
    ['a path with a space', `${IAM}role/a b/team`],
    ['a role of STS', `${STS}role/team`],
    ['11 digits', 'arn:aws:iam::11112222333:role/team'],
    ['13 digits', 'arn:aws:iam::1111222233334:role/team'],
    ['no partition', `arn::iam::${ACCOUNT}:role/team`],
    ['a partition with a star', `arn:aws*:iam::${ACCOUNT}:role/team`],
    ['a word before it', `x ${IAM}role/team`],
    ['a word behind it', `${IAM}role/team x`],
  ])('is not %s: %s', (_what, arn) => expect(callerNamed(arn)).toBeUndefined());
});
