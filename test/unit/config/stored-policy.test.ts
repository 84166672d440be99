import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  digestPolicy,
  formatStoredPolicy,
  InvalidPolicyError,
  type PolicyContent,
  readStoredPolicy,
  requirePolicyFor,
} from '../../../config/stored-policy.ts';
import { MAX_POLICY_BYTES } from '../../../contract/stored-policy.ts';

const sha256 = (text: string) => hash('sha256', text);
const CONTENT: PolicyContent = {
  environment: 'prod',
  airflow: ['2.10.3'],
  grants: [
    { who: ['arn:aws:iam::111122223333:role/tëam'], may: ['version', '@read'], line: 3 },
    { who: ['arn:aws:iam::111122223333:user/jo'], may: ['dags list'], line: 5 },
  ],
};
const TEXT = formatStoredPolicy(CONTENT, 7, sha256);

test('what is written is read, and has one grant on each line', () => {
  expect(readStoredPolicy(TEXT, sha256)).toEqual({ ...CONTENT, version: 7, digest: digestPolicy(CONTENT, sha256) });
  expect(TEXT.split('\n').filter((line) => line.includes('"who"'))).toHaveLength(2);
  const empty = { ...CONTENT, grants: [] };
  expect(readStoredPolicy(formatStoredPolicy(empty, 1, sha256), sha256)).toMatchObject(empty);
});

test('the digest depends on what is granted, and neither on the version nor on the spelling', () => {
  const digest = digestPolicy(CONTENT, sha256);
  const respelled = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(TEXT)).reverse()));
  expect(readStoredPolicy(respelled, sha256).digest).toBe(digest);
  expect(readStoredPolicy(formatStoredPolicy(CONTENT, 8, sha256), sha256).digest).toBe(digest);
  const [first, second] = CONTENT.grants;
  const others: PolicyContent[] = [
    { ...CONTENT, environment: 'other' },
    { ...CONTENT, airflow: ['2.10.3', '3.0.6'] },
    { ...CONTENT, grants: [second!, first!] },
    { ...CONTENT, grants: [first!] },
    { ...CONTENT, grants: [{ ...first!, line: 4 }, second!] },
    // What is glued together differently is something else.
    { ...CONTENT, grants: [{ ...first!, may: ['version,@read'] }, second!] },
    { ...CONTENT, grants: [{ ...first!, who: [...first!.who, 'version'], may: ['@read'] }, second!] },
  ];
  expect(new Set([digest, ...others.map((other) => digestPolicy(other, sha256))]).size).toBe(others.length + 1);
});

test.each([
  ['cut text', TEXT.slice(0, -20), /it is not JSON/],
  ['no object', '[]', /it is not a JSON object/],
  ['another format', TEXT.replace('"format": 1', '"format": 2'), /its format is not 1/],
  ['no version', TEXT.replace('"version": 7', '"version": "7"'), /its version, digest or environment is missing/],
  ['a changed rule', TEXT.replace('dags list', 'dags delete *'), /its digest does not match its grants/],
  ['an added caller', TEXT.replace('user/jo"', 'user/jo","arn:aws:iam::111122223333:user/x"'), /does not match/],
  ['another environment', TEXT.replace('"prod"', '"other"'), /does not match/],
  ['another release', TEXT.replace('2.10.3', '3.0.6'), /does not match/],
  ['another digest', TEXT.replace(/"digest": "./, '"digest": "x'), /does not match/],
  [
    'a grant without callers',
    TEXT.replace('["arn:aws:iam::111122223333:user/jo"]', '[]'),
    /a grant is not well formed/,
  ],
  ['a grant that is null', TEXT.replace(/\{"who":\["arn:aws:iam::111122223333:user.*/, 'null'), /not well formed/],
  ['no releases', TEXT.replace(/"airflow": \[[^\]]*\]/, '"airflow": []'), /its releases are missing/],
  ['more than the limit', `${TEXT}${' '.repeat(MAX_POLICY_BYTES)}`, /more than 1048576 characters/],
])('an object with %s is not valid', (_what, text, message) => {
  expect(() => readStoredPolicy(text, sha256)).toThrow(InvalidPolicyError);
  expect(() => readStoredPolicy(text, sha256)).toThrow(message);
});

test('a policy is only for its environment and the releases that it was checked for', () => {
  const deployment = { environment: 'prod', release: '2.10.3' };
  expect(() => requirePolicyFor(CONTENT, deployment)).not.toThrow();
  expect(() => requirePolicyFor(CONTENT, { ...deployment, environment: 'Prod' })).toThrow(/for the environment prod/);
  expect(() => requirePolicyFor(CONTENT, { ...deployment, release: '2.10' })).toThrow(/checked for Airflow 2\.10\.3/);
});
