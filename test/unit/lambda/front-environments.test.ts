import { expect, test } from 'vitest';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { findEntriesForCaller } from '../../../policy/find-entries.ts';
import type { Grant } from '../../../policy/grant.ts';
import { AIRFLOW_1_10, AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

const CATALOGS = [AIRFLOW_1_10, AIRFLOW_2, AIRFLOW_3];
const RULES = ['@read', 'dags pause *', 'backfill *', 'no such command', '@trigger', 'assets list'];

/** As many environments as a stack can hold, and a grant for each team. Every grant applies to the environments that `where` selects. */
function createDeployment(teams: number, where: (environment: number, team: number) => boolean) {
  const read = { count: 0 };
  const grants = Array.from({ length: teams }, (_, team): Grant => {
    const may = [RULES[team % RULES.length]!];
    return {
      who: [`arn:aws:iam::111122223333:role/team-${team}-*`],
      get may() {
        read.count += 1;
        return may;
      },
      line: team,
    };
  });
  const environments = Object.fromEntries(
    Array.from({ length: 142 }, (_, index) => [
      `env-${index}`,
      {
        airflow: String(index % CATALOGS.length),
        grants: grants.flatMap((_, team) => (where(index, team) ? [team] : [])),
        relay: `relay-${index}`,
        slots: 2,
        queueSeconds: 60,
        maxQueueSeconds: 66,
      },
    ]),
  );
  return { file: { grants, environments }, read };
}

const readCatalog = (release: string) => CATALOGS[Number(release)]!;
const createTeamCaller = (team: number) =>
  callerFromArn(`arn:aws:sts::111122223333:assumed-role/team-${team}-nightly/x`)!;

const FILES = { readCatalog, readOperations: () => expect.fail('no environment offers the REST API') };

test.each([0, 1, 2, 3, 4, 5, 99])('lists the environments in which team %i has an entry', (team) => {
  const { file } = createDeployment(6, (environment, each) => (environment + each) % 4 !== 0);
  const caller = createTeamCaller(team);
  const expected = Object.entries(file.environments)
    .filter(([, { airflow, grants }]) => {
      const own = grants.map((position) => file.grants[position]!);
      return findEntriesForCaller(compilePolicy(own, readCatalog(airflow)).policy, caller).length > 0;
    })
    .map(([name]) => name)
    .sort();
  const environments = createFrontEnvironments(file, FILES);
  expect(environments.list(caller).map(({ name }) => name)).toEqual(expected);
  for (const name of Object.keys(file.environments)) {
    if (expected.includes(name)) expect(environments.get(name, caller).name).toBe(name);
    else expect(() => environments.get(name, caller)).toThrow('This');
  }
});

test('lists 142 environments without reading the rules of other callers', () => {
  const { file, read } = createDeployment(1000, () => true);
  expect(createFrontEnvironments(file, FILES).list(createTeamCaller(6))).toHaveLength(142);
  expect(read.count).toBeLessThanOrEqual(CATALOGS.length);
});
