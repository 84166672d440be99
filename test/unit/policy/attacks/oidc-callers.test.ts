import { describe, expect, test } from 'vitest';
import { callerFromArn, callerFromClaims } from '../../../../policy/caller.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, type AttackResult, DENIED, FAULT, REJECTED, ROLE, runAttack, SESSION } from './run-attack.ts';

describe('attacks by the claims of a token', () => {
  const token = { iss: 'https://id.example.com', sub: 'jo' };
  const engineers = 'oidc:groups=data-engineers';
  test.each<[name: string, who: string, claims: string, expected: AttackResult, reason: string]>([
    ['a group', engineers, '{"groups":["data-engineers"]}', ALLOWED, 'the intended use'],
    ['a group among others', engineers, '{"groups":["a","data-engineers"]}', ALLOWED, 'the intended use'],
    ['a string instead of a list', engineers, '{"groups":"data-engineers"}', ALLOWED, 'some issuers send one string'],
    ['a subject', 'oidc:sub=jo', '{}', ALLOWED, 'the intended use'],
    ['a star', 'oidc:groups=data-*', '{"groups":["data-engineers"]}', ALLOWED, 'the intended use'],
    ['a group with a comma', engineers, '{"groups":["x,data-engineers"]}', DENIED, 'it is one group with this name'],
    ['groups joined by commas', engineers, '{"groups":"x,data-engineers"}', DENIED, 'it is one group with this name'],
    ['groups joined by spaces', engineers, '{"groups":"x data-engineers"}', DENIED, 'it is one group with this name'],
    ['a list as a string', engineers, '{"groups":"[\\"data-engineers\\"]"}', DENIED, 'it is one group with this name'],
    [
      'a list as Java prints it',
      engineers,
      '{"groups":"[data-engineers, x]"}',
      DENIED,
      'it is one group with this name',
    ],
    ['a list in a list', engineers, '{"groups":[["data-engineers"]]}', DENIED, 'only plain values become identities'],
    ['an object', engineers, '{"groups":{"0":"data-engineers"}}', DENIED, 'only plain values become identities'],
    [
      'an object in a list',
      engineers,
      '{"groups":[{"name":"data-engineers"}]}',
      DENIED,
      'only plain values become identities',
    ],
    ['capitals', engineers, '{"groups":["Data-Engineers"]}', DENIED, 'names are compared exactly'],
    [
      'capitals in the claim',
      engineers,
      '{"Groups":["data-engineers"]}',
      DENIED,
      'names of claims are compared exactly',
    ],
    ['a Cyrillic letter', engineers, '{"groups":["data-\u0435ngineers"]}', DENIED, 'names are compared exactly'],
    ['a trailing space', engineers, '{"groups":["data-engineers "]}', DENIED, 'names are compared exactly'],
    ['a trailing newline', engineers, '{"groups":["data-engineers\\n"]}', DENIED, 'names are compared exactly'],
    ['a trailing NUL', engineers, '{"groups":["data-engineers\\u0000"]}', DENIED, 'names are compared exactly'],
    ['a star in the token', engineers, '{"groups":["*"]}', DENIED, 'a star is special only in grants'],
    ['a subject named like the group', engineers, '{"sub":"data-engineers"}', DENIED, 'a different claim'],
    ['a subject that looks like the rule', engineers, '{"sub":"groups=data-engineers"}', DENIED, 'a different claim'],
    [
      'a subject that looks like several claims',
      engineers,
      '{"sub":"jo oidc:groups=data-engineers"}',
      DENIED,
      'a different claim',
    ],
    ['a claim with "=" in its name', 'oidc:a=b=c', '{"a=b":"c"}', DENIED, 'the name of a claim ends at the first "="'],
    ['a claim with the same prefix', 'oidc:a=b=c', '{"a":"b=c"}', ALLOWED, 'the name of a claim ends at the first "="'],
    ['a role’s ARN as the subject', ROLE, `{"sub":"${ROLE}"}`, DENIED, 'a different realm'],
    ['a session’s ARN as the subject', ROLE, `{"sub":"${SESSION}"}`, DENIED, 'a different realm'],
    ['a role’s ARN as a claim', ROLE, `{"${ROLE}":"reporting-x"}`, DENIED, 'a different realm'],
    ['a claim that the token does not have', 'oidc:__proto__=jo', '{}', DENIED, 'the token has no such claim'],
    ['a claim named like an inherited property', 'oidc:constructor=jo', '{}', DENIED, 'the token has no such claim'],
    ['a claim named __proto__', engineers, '{"__proto__":{"groups":["data-engineers"]}}', DENIED, 'an ordinary claim'],
    [
      'a nested claim',
      'oidc:realm_access.roles=a',
      '{"realm_access":{"roles":["a"]}}',
      DENIED,
      'nested claims cannot be named',
    ],
    ['false as a string', 'oidc:email_verified=true', '{"email_verified":false}', DENIED, 'a different value'],
    [
      'a token without a subject',
      engineers,
      '{"sub":null,"groups":["data-engineers"]}',
      REJECTED,
      'it identifies no caller',
    ],
    ['an empty subject', engineers, '{"sub":"","groups":["data-engineers"]}', REJECTED, 'it identifies no caller'],
    [
      'a list of issuers',
      engineers,
      '{"iss":["https://id.example.com"],"groups":["data-engineers"]}',
      REJECTED,
      'it identifies no caller',
    ],
    ['every caller', 'oidc:sub=*', '{}', FAULT, 'it identifies no caller'],
    ['every caller of the issuer', 'oidc:iss=https://id.example.com', '{}', FAULT, 'it identifies no caller'],
    ['a star in the claim', 'oidc:*=jo', '{}', FAULT, 'it must be written in full'],
  ])('%s: with a grant to "%s", a token with %s is %s: %s', (_name, who, claims, expected) => {
    const caller = callerFromClaims({ ...token, ...JSON.parse(claims) });
    expect(runAttack({ catalog: AIRFLOW_2, who, may: 'version', caller, request: 'version' })).toBe(expected);
  });

  test('an IAM caller has no claims', () => {
    const [who, caller] = ['oidc:sub=reporting-x', callerFromArn(SESSION)];
    expect(runAttack({ catalog: AIRFLOW_2, who, may: 'version', caller, request: 'version' })).toBe(DENIED);
  });
});
