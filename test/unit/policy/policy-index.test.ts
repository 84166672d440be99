import { expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { authorize, compilePolicy, type Grant } from '../../../policy/policy.ts';
import { AIRFLOW_2 } from '../airflow/catalogs.ts';

const ACCOUNT = '111122223333';
const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;

/** How many callers' names are compared in one decision. */
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

const createTaskGrants = (count: number): Grant[] =>
  Array.from({ length: count }, (_, task) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-*`],
    may: [`tasks test *_x task_${task}_*`],
    line: task,
  }));

test.each<[what: string, grants: (count: number) => Grant[], argv: string[], allowed: boolean]>([
  ['of many teams, allowed', createTeamGrants, ['dags', 'trigger', 'team_7_x'], true],
  ['of many teams, refused', createTeamGrants, ['dags', 'trigger', 'team_8_x'], false],
  ['for many DAGs, allowed', createDagGrants, ['dags', 'trigger', 'dag_7_x'], true],
  ['for many DAGs by an option, allowed', createDagGrants, ['dags', 'list-runs', '-d', 'dag_9_x'], true],
  ['for many tasks of DAGs that end alike, refused', createTaskGrants, ['tasks', 'test', 'a_x', 'other'], false],
  ['for many DAGs, refused', createDagGrants, ['dags', 'trigger', 'other'], false],
])('a decision looks at as much with 10 grants and with 10,000: %s', (_what, grants, argv, allowed) => {
  const few = countComparisons(grants(10), argv);
  const many = countComparisons(grants(10_000), argv);
  expect(few.allowed).toBe(allowed);
  expect(many.allowed).toBe(allowed);
  expect(many.compared).toBeLessThanOrEqual(few.compared + 2);
});
