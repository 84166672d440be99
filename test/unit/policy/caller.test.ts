import { describe, expect, test } from 'vitest';
import { callerFromArn, callerFromClaims, parseCaller } from '../../../policy/caller.ts';

const ACCOUNT = '111122223333';
const IAM = `arn:aws:iam::${ACCOUNT}:`;
const STS = `arn:aws:sts::${ACCOUNT}:`;

describe('callerFromArn', () => {
  test.each<[arn: string, realm: string, name: string]>([
    [`${STS}assumed-role/team/jo`, `${IAM}role/`, 'team'],
    [`${STS}assumed-role/w+=,.@_-9/w+=,.@_-9`, `${IAM}role/`, 'w+=,.@_-9'],
    [`${IAM}user/jo`, `${IAM}user/`, 'jo'],
    [`${IAM}user/path/of/jo`, `${IAM}user/`, 'jo'],
    [`${STS}federated-user/jo`, `${STS}federated-user/`, 'jo'],
    [`${IAM}root`, `${IAM}root`, ''],
  ])('identifies the caller by %s', (arn, realm, name) => {
    expect(callerFromArn(arn)).toEqual({ label: arn, principal: realm + name, identities: [{ realm, name }] });
  });

  test('returns the same principal for every session of a role, and a different one for another role or user', () => {
    const getPrincipal = (arn: string) => callerFromArn(arn)?.principal;
    expect(getPrincipal(`${STS}assumed-role/team/jo`)).toBe(getPrincipal(`${STS}assumed-role/team/kim`));
    expect(getPrincipal(`${STS}assumed-role/team/jo`)).not.toBe(getPrincipal(`${STS}assumed-role/jo/team`));
    expect(getPrincipal(`${STS}assumed-role/team/jo`)).not.toBe(getPrincipal(`${IAM}user/team`));
  });

  test.each<[what: string, arn: string]>([
    ['a role, because only its sessions sign requests', `${IAM}role/team`],
    ['a role without a session', `${STS}assumed-role/team`],
    ['a session with another path segment', `${STS}assumed-role/team/jo/x`],
    ['a session of IAM', `${IAM}assumed-role/team/jo`],
    ['a group', `${IAM}group/team`],
    ['a user without a name', `${IAM}user/path/`],
    ['a user of STS', `${STS}user/jo`],
    ['a federated user with a path', `${STS}federated-user/path/jo`],
    ['root with a path segment', `${IAM}root/x`],
    ['a star in the name', `${IAM}user/*`],
    ['a trailing newline', `${IAM}user/jo\n`],
    ['a leading word', `x ${IAM}root`],
    ['13 digits', 'arn:aws:iam::1111222233334:root'],
    ['a partition with a star', `arn:a*:iam::${ACCOUNT}:root`],
  ])('rejects %s: %s', (_what, arn) => expect(callerFromArn(arn)).toBeUndefined());
});

describe('parseCaller', () => {
  test.each<[arn: string, realm: string, name: string]>([
    [`${IAM}role/team`, `${IAM}role/`, 'team'],
    [`${IAM}role/path/of/team`, `${IAM}role/`, 'team'],
    [`${IAM}role/w+=,.@_-9`, `${IAM}role/`, 'w+=,.@_-9'],
    [`${STS}assumed-role/team/jo`, `${IAM}role/`, 'team'],
    [`${IAM}user/jo`, `${IAM}user/`, 'jo'],
    [`${IAM}root`, `${IAM}root`, ''],
    [`arn:aws-us-gov:iam::${ACCOUNT}:role/team`, `arn:aws-us-gov:iam::${ACCOUNT}:role/`, 'team'],
    ['oidc:sub=jo', 'oidc:sub=', 'jo'],
    ['oidc:groups=a,b=c d', 'oidc:groups=', 'a,b=c d'],
    ['oidc:https://example.com/groups=a', 'oidc:https://example.com/groups=', 'a'],
    ['event:landing', 'event:', 'landing'],
    ['deployment:a-1', 'deployment:', 'a-1'],
  ])('accepts %s', (text, realm, name) => {
    expect(parseCaller([text])).toMatchObject({ identities: [{ realm, name }] });
  });

  test('combines several claims into one caller', () => {
    const identities = [
      { realm: 'oidc:sub=', name: 'jo' },
      { realm: 'oidc:groups=', name: 'a' },
    ];
    expect(parseCaller(['oidc:sub=jo', 'oidc:groups=a'])).toMatchObject({ identities });
  });

  test.each<[what: string, texts: string[]]>([
    ['nothing', []],
    ['two roles', [`${IAM}role/a`, `${IAM}role/b`]],
    ['a role and a claim', [`${IAM}role/a`, 'oidc:sub=jo']],
    ['a claim and a role', ['oidc:sub=jo', `${IAM}role/a`]],
    ['a claim without a value', ['oidc:sub=']],
    ['a claim without a name', ['oidc:=jo']],
    ['a claim after a leading word', ['x oidc:sub=jo']],
    ['two declared callers', ['event:a', 'event:b']],
    ['a declared caller without a name', ['event:']],
    ['a declared caller with capitals', ['event:Landing']],
    ['a pattern of declared callers', ['event:landing-*']],
    ['another kind', ['schedule:a']],
  ])('rejects %s', (_what, texts) => expect(parseCaller(texts)).toBeUndefined());

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
    ['a leading word', `x ${IAM}role/team`],
    ['a trailing word', `${IAM}role/team x`],
  ])('rejects %s: %s', (_what, arn) => expect(parseCaller([arn])).toBeUndefined());
});

describe('callerFromClaims', () => {
  const token = { iss: 'https://id.example.com', sub: 'jo' };
  const listIdentities = (claims: object) =>
    callerFromClaims({ ...token, ...claims })?.identities.flatMap(({ realm, name }) =>
      ['oidc:iss=', 'oidc:sub='].includes(realm) ? [] : [realm + name],
    );

  test('returns the issuer and subject as the principal, and an identity for each claim', () => {
    const label = 'oidc:https://id.example.com jo';
    expect(callerFromClaims(token)).toEqual({
      label,
      principal: label,
      identities: [
        { realm: 'oidc:iss=', name: 'https://id.example.com' },
        { realm: 'oidc:sub=', name: 'jo' },
      ],
    });
  });

  test.each<[what: string, claims: object, identities: string[]]>([
    ['a list of groups', { groups: ['a', 'b'] }, ['oidc:groups=a', 'oidc:groups=b']],
    ['one group with a comma in its name', { groups: ['a,b'] }, ['oidc:groups=a,b']],
    ['groups as one string', { groups: 'a,b' }, ['oidc:groups=a,b']],
    ['a string that looks like a list', { groups: '["a"]' }, ['oidc:groups=["a"]']],
    ['no groups', { groups: [] }, []],
    ['the text of a number', { uid: '9007199254740993' }, ['oidc:uid=9007199254740993']],
    ['numbers and booleans, which have lost their text', { uid: 7, email_verified: true, groups: [1] }, []],
    ['lists within lists', { groups: [['a'], 'b'] }, ['oidc:groups=b']],
    ['objects', { groups: { a: 1 }, realm_access: [{ roles: ['a'] }] }, []],
    ['null', { groups: null }, []],
    ['a claim named like a property of objects', JSON.parse('{"__proto__": "a"}'), ['oidc:__proto__=a']],
  ])('converts %s', (_what, claims, identities) => expect(listIdentities(claims)).toEqual(identities));

  test.each<[what: string, claims: Record<string, unknown>]>([
    ['a missing issuer', { sub: 'jo' }],
    ['a missing subject', { iss: token.iss }],
    ['a subject that is a list', { ...token, sub: ['jo'] }],
    ['an empty subject', { ...token, sub: '' }],
    ['an issuer that is a number', { ...token, iss: 1 }],
    ['an empty issuer', { ...token, iss: '' }],
  ])('rejects %s', (_what, claims) => expect(callerFromClaims(claims)).toBeUndefined());
});
