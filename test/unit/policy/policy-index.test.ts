import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { authorize } from '../../../policy/authorize.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import type { Grant } from '../../../policy/grant.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const ACCOUNT = '111122223333';
const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;

/** Counts how many caller patterns one decision compares with the caller's name. */
function countComparisons(grants: readonly Grant[], argv: readonly string[]): { compared: number; allowed: boolean } {
  const { policy } = compilePolicy(grants, AIRFLOW_2);
  let compared = 0;
  for (const name of new Set(policy.entries.map(({ who }) => who.name))) {
    const { matches } = name;
    Object.assign(name, {
      matches: (value: string) => {
        compared += 1;
        return matches(value);
      },
    });
  }
  return { allowed: authorize(policy, caller, parseInvocation(AIRFLOW_2, argv)) !== undefined, compared };
}

const createTeamGrants = (count: number): Grant[] =>
  Array.from({ length: count }, (_, team) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-${team}-*`],
    may: [`dags trigger team_${team}_*`],
    line: team,
  }));

const createDagGrants = (count: number): Grant[] =>
  Array.from({ length: count }, (_, dag) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-*`],
    may: [`dags trigger dag_${dag}_*`, `dags list-runs --dag-id=dag_${dag}_*`],
    line: dag,
  }));

const createRangeGrants = (count: number): Grant[] =>
  Array.from({ length: count }, (_, dag) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-*`],
    may: [`tasks clear --start-date=2026-11-01.. dag_${dag}_*`],
    line: dag,
  }));

const createTaskGrants = (count: number): Grant[] =>
  Array.from({ length: count }, (_, task) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-*`],
    may: [`tasks test *_x task_${task}_*`],
    line: task,
  }));

test.each<[scenario: string, createGrants: (count: number) => Grant[], argv: string[], allowed: boolean]>([
  ['grants of many teams, allowed', createTeamGrants, ['dags', 'trigger', 'team_7_x'], true],
  ['grants of many teams, denied', createTeamGrants, ['dags', 'trigger', 'team_8_x'], false],
  ['grants for many DAGs, allowed', createDagGrants, ['dags', 'trigger', 'dag_7_x'], true],
  ['grants for many DAGs by an option, allowed', createDagGrants, ['dags', 'list-runs', '-d', 'dag_9_x'], true],
  [
    'grants for many tasks of DAGs with the same suffix, denied',
    createTaskGrants,
    ['tasks', 'test', 'a_x', 'other'],
    false,
  ],
  [
    'grants for many DAGs with a range of dates',
    createRangeGrants,
    ['tasks', 'clear', 'dag_7_x', '-s', '2026-11-05'],
    true,
  ],
  ['grants for many DAGs, denied', createDagGrants, ['dags', 'trigger', 'other'], false],
])(
  'a decision compares as many patterns with 10 grants as with 10,000: %s',
  (_scenario, createGrants, argv, allowed) => {
    const few = countComparisons(createGrants(10), argv);
    const many = countComparisons(createGrants(10_000), argv);
    expect(few.allowed).toBe(allowed);
    expect(many.allowed).toBe(allowed);
    expect(many.compared).toBeLessThanOrEqual(few.compared + 2);
  },
);
