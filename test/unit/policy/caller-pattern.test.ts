import { describe, expect, test } from 'vitest';
import { parseCallerPattern } from '../../../policy/caller-pattern.ts';

const ACCOUNT = '111122223333';
const IAM = `arn:aws:iam::${ACCOUNT}:`;
const STS = `arn:aws:sts::${ACCOUNT}:`;

describe('a valid caller pattern is parsed', () => {
  test.each<[text: string, realm: string, name: string]>([
    [`${IAM}role/a`, `${IAM}role/`, 'a'],
    [`${IAM}role/a-*`, `${IAM}role/`, 'a-*'],
    [`${IAM}role/path/of/it/a`, `${IAM}role/`, 'a'],
    [`${IAM}role/w+=,.@_-9`, `${IAM}role/`, 'w+=,.@_-9'],
    [`${IAM}user/jo`, `${IAM}user/`, 'jo'],
    [`${IAM}root`, `${IAM}root`, ''],
    [`${STS}federated-user/jo`, `${STS}federated-user/`, 'jo'],
    [`arn:aws-us-gov:iam::${ACCOUNT}:role/a`, `arn:aws-us-gov:iam::${ACCOUNT}:role/`, 'a'],
    ['oidc:sub=jo', 'oidc:sub=', 'jo'],
    ['oidc:groups=data-*', 'oidc:groups=', 'data-*'],
    ['oidc:groups=a,b', 'oidc:groups=', 'a,b'],
    ['oidc:groups= a ', 'oidc:groups=', ' a '],
    ['oidc:https://example.com/groups=a=b', 'oidc:https://example.com/groups=', 'a=b'],
    ['oidc:constructor=a', 'oidc:constructor=', 'a'],
    ['event:landing', 'event:', 'landing'],
    ['event:landing-*', 'event:', 'landing-*'],
    ['deployment:*-settings', 'deployment:', '*-settings'],
  ])('%s', (text, realm, name) => {
    expect(parseCallerPattern(text)).toMatchObject({ realm, name: { text: name }, text });
  });
});

describe('an invalid caller pattern is rejected with what to write instead', () => {
  test.each<[problem: string, text: string, message: RegExp]>([
    ['no ARN', 'somebody', /^"somebody" is not a caller\. Write an IAM ARN: arn:aws:iam::/],
    ['another scheme', `urn:aws:iam::${ACCOUNT}:role/a`, /Write an IAM ARN/],
    ['a region', `arn:aws:iam:eu-west-1:${ACCOUNT}:role/a`, /Write an IAM ARN/],
    ['an ARN that ends early', 'arn:aws:iam', /Write an IAM ARN/],
    ['no account', 'arn:aws:iam:', /12 digits/],
    ['11 digits', 'arn:aws:iam::11112222333:role/a', /account ID in full: 12 digits/],
    ['13 digits', 'arn:aws:iam::1111222233334:role/a', /12 digits/],
    ['a star before the account', `arn:aws:iam::*${ACCOUNT}:role/a`, /12 digits/],
    ['no partition', `arn::iam::${ACCOUNT}:role/a`, /partition in full: aws, aws-cn/],
    ['a star at the end of the partition', `arn:aws*:iam::${ACCOUNT}:role/a`, /partition in full/],
    ['a star at the start of the partition', `arn:*cn:iam::${ACCOUNT}:role/a`, /partition in full/],
    [
      'a session',
      `arn:aws-cn:sts::${ACCOUNT}:assumed-role/a/jo`,
      /instead of its session: arn:aws-cn:iam::1{4}2{4}3{4}:role\/a\.$/,
    ],
    [
      'a session of IAM',
      `${IAM}assumed-role/a/jo`,
      /Write role\/NAME, user\/NAME, root or, in an sts ARN, federated-user\/NAME/,
    ],
    ['a role of STS', `${STS}role/a`, /Write role\/NAME/],
    ['a role whose name looks like a session', `${STS}role/assumed-role/`, /Write role\/NAME/],
    ['a federated user of IAM', `${IAM}federated-user/jo`, /in an sts ARN, federated-user/],
    ['root of STS', `${STS}root`, /Write role\/NAME/],
    ['a name that begins with root', `${IAM}rooted`, /Write role\/NAME/],
    ['a group', `${IAM}group/a`, /Write role\/NAME/],
    ['another service', `arn:aws:s3::${ACCOUNT}:role/a`, /Write role\/NAME/],
    ['a role without a name', `${IAM}role`, /Write role\/NAME/],
    ['an empty name', `${IAM}role/`, /Write role\/NAME/],
    ['every event', 'event:*', /^event:\* matches every event caller\. Write a narrower name\.$/],
    ['a declared caller without a name', 'event:', /is not a name/],
    ['a declared caller with a space', 'deployment:a b', /lowercase letters, digits and hyphens/],
    ['an empty name after a path', `${IAM}role/path/`, /Write role\/NAME/],
    ['a star in the first part of a path', `${IAM}role/te*m/x/a`, /path must not contain "\*"\. Remove the path/],
    ['a star in a later part of a path', `${IAM}role/team/*/a`, /path must not contain "\*"/],
    ['every role', `${IAM}role/*`, /^role\/\* matches every role of the account\. Write a narrower name/],
    ['every user, with two stars', `${IAM}user/**`, /^user\/\*\* matches every user/],
    ['every federated user', `${STS}federated-user/*`, /every federated-user/],
    ['a colon in the name', `${IAM}role/a:b`, /"a:b" is not a valid name of a role/],
    ['a space at the end of the name', `${IAM}user/a `, /"a " is not a valid name of a user/],
    ['a space at the start of the name', `${IAM}user/ a`, /" a" is not a valid name/],
    ['only the scheme', 'oidc:', /Write oidc:CLAIM=VALUE/],
    ['a claim without a value', 'oidc:groups', /Write oidc:CLAIM=VALUE/],
    ['a claim with an empty value', 'oidc:groups=', /Write oidc:CLAIM=VALUE/],
    ['a value without a claim', 'oidc:=a', /Write oidc:CLAIM=VALUE/],
    ['a star in the name of a claim', 'oidc:gr*=a', /"gr\*" is not the name of a claim/],
    ['a space in the name of a claim', 'oidc: groups=a', /" groups" is not the name of a claim/],
    ['every caller', 'oidc:sub=*', /matches every caller that has the claim/],
    ['every caller, with two stars', 'oidc:groups=**', /matches every caller/],
    [
      'the issuer, which is the same for every caller',
      'oidc:iss=https://id.example.com',
      /claim iss does not identify a caller/,
    ],
    ['the audience, which is the same for every caller', 'oidc:aud=mwaa-cli-proxy', /claim aud does not identify/],
    ['the expiry of a token', 'oidc:exp=1', /claim exp does not identify/],
    ['OIDC in capitals', 'OIDC:sub=jo', /Write an IAM ARN.*or oidc:CLAIM=VALUE/],
  ])('%s: %s', (_problem, text, message) => {
    expect(() => parseCallerPattern(text)).toThrow(message);
  });
});
