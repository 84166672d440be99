import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { authorize } from '../../../policy/authorize.ts';
import type { Caller, Identity } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { findEntriesForCaller, hasEntriesForCaller } from '../../../policy/find-entries.ts';
import type { Grant } from '../../../policy/grant.ts';
import type { PolicyEntry } from '../../../policy/policy.ts';
import { findMismatch } from '../../../policy/rule.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const ROLES = 'arn:aws:iam::111122223333:role/';
const who = fc.constantFrom(
  `${ROLES}a-*`,
  `${ROLES}a-b*`,
  `${ROLES}*-b`,
  `${ROLES}a-b`,
  'oidc:groups=a*b',
  'oidc:groups=a',
  '?',
);
const may = fc.constantFrom(
  'version',
  'dags pause a_*',
  'dags pause *_b',
  'dags pause b',
  '@pause',
  '@read',
  'no such command',
);
const grants = fc
  .array(fc.record({ who: fc.array(who, { maxLength: 3 }), may: fc.array(may, { maxLength: 3 }) }), { maxLength: 8 })
  .map((list) => list.map((grant, line): Grant => ({ ...grant, line })));
const identity = fc.oneof(
  fc.record({ realm: fc.constant(ROLES), name: fc.constantFrom('a', 'a-', 'a-b', 'a-b-b', 'b-b') }),
  fc.record({ realm: fc.constant('oidc:groups='), name: fc.constantFrom('a', 'ab', 'a-b') }),
);
const caller = fc
  .array(identity, { maxLength: 3 })
  .map((identities: Identity[]): Caller => ({ label: 'x', principal: 'x', identities }));
const invocation = fc
  .constantFrom(['version'], ['dags', 'list'], ['dags', 'pause', 'a_b'], ['dags', 'pause', 'b'], ['dags', 'pause', 'c'])
  .map((argv) => parseInvocation(AIRFLOW_2, argv));

const isFor = ({ who: { realm, name } }: PolicyEntry, { identities }: Caller): boolean =>
  identities.some((each) => each.realm === realm && name.matches(each.name));

test('finds and decides what a scan of all entries does', () => {
  fc.assert(
    fc.property(grants, caller, fc.array(invocation, { minLength: 1 }), (allGrants, from, invocations) => {
      const { policy } = compilePolicy(allGrants, AIRFLOW_2);
      const own = compilePolicy(allGrants, AIRFLOW_2).policy.entries.filter((entry) => isFor(entry, from));
      const describeEntry = ({ who: { text }, rule, line }: PolicyEntry) => [text, rule.text, rule.command.path, line];
      for (const each of invocations) {
        const allowing = own.filter(({ rule }) => findMismatch(rule, each) === undefined).map(describeEntry);
        const decision = authorize(policy, from, each);
        if (decision === undefined) expect(allowing).toEqual([]);
        else expect(allowing).toContainEqual(describeEntry(decision));
      }
      expect(findEntriesForCaller(policy, from).map(describeEntry)).toEqual(own.map(describeEntry));
      expect(hasEntriesForCaller(policy, from)).toBe(own.length > 0);
    }),
  );
});

test('a request reads only the rules of its caller', () => {
  let read = 0;
  const many = Array.from(
    { length: 1000 },
    (_, team): Grant => ({
      who: [`${ROLES}team-${team}-*`],
      get may() {
        read += 1;
        return ['@read'];
      },
      line: team,
    }),
  );
  const { policy } = compilePolicy(many, AIRFLOW_2);
  const from: Caller = { label: 'x', principal: 'x', identities: [{ realm: ROLES, name: 'team-7-x' }] };
  expect(hasEntriesForCaller(policy, from)).toBe(true);
  expect(authorize(policy, from, parseInvocation(AIRFLOW_2, ['dags', 'list']))).toMatchObject({ line: 7 });
  expect(authorize(policy, from, parseInvocation(AIRFLOW_2, ['dags', 'pause', 'x']))).toBeUndefined();
  expect(read).toBeLessThanOrEqual(3);
});

test('decisions stay the same while rules of thousands of callers are parsed and forgotten', () => {
  const many = Array.from(
    { length: 1300 },
    (_, team): Grant => ({
      who: [`${ROLES}team-${team}-*`],
      may: ['@read', `dags pause team_${team}_*`],
      line: team,
    }),
  );
  const { policy } = compilePolicy(many, AIRFLOW_2);
  const own = parseInvocation(AIRFLOW_2, ['dags', 'pause', 'team_7_x']);
  const allowing = [...many.keys()].filter((team) => {
    const identities = [{ realm: ROLES, name: `team-${team}-x` }];
    return authorize(policy, { label: 'x', principal: 'x', identities }, own) !== undefined;
  });
  expect(allowing).toEqual([7]);
  expect(
    authorize(policy, { label: 'x', principal: 'x', identities: [{ realm: ROLES, name: 'team-7-x' }] }, own),
  ).toMatchObject({ line: 7 });
});
