import { CATALOGS } from '../files/catalogs.ts';
import { createFrontEnvironments } from '../lambda/front/front-environments.ts';
import { callerFromArn } from '../policy/caller.ts';
import { ENVIRONMENT } from './deployment-names.ts';
import type { Measurement } from './section.ts';
import { timeRounds } from './statistics.ts';

const ACCOUNT = '111122223333';
/** As many as one stack can hold. */
const ENVIRONMENTS = 142;
const GRANTS = 10_000;

/** The first requests of a front with many environments and grants, each of which applies to every environment. Compiling blocks a function. */
export async function measureListing(rounds: number): Promise<Measurement[]> {
  const grants = Array.from({ length: GRANTS }, (_, team) => ({
    who: [`arn:aws:iam::${ACCOUNT}:role/team-${team}-*`],
    may: [`dags trigger team_${team}_* --conf=*`, '@read'],
    line: team,
  }));
  const releases = CATALOGS.releases();
  const positions = grants.map((_, position) => position);
  const environments = Object.fromEntries(
    Array.from({ length: ENVIRONMENTS }, (_, index) => [
      `${ENVIRONMENT}-${index}`,
      {
        airflow: releases[index % releases.length]!,
        grants: positions,
        relay: 'relay',
        slots: 2,
        queueSeconds: 60,
        maxQueueSeconds: 66,
      },
    ]),
  );
  const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;
  const create = () =>
    createFrontEnvironments(
      { environments, grants },
      { readCatalog: CATALOGS.read, readOperations: (release) => CATALOGS.readOperations(release)! },
    );
  const list = () => {
    if (create().list(caller).length !== ENVIRONMENTS) throw new Error('An environment is missing.');
  };
  const times = await timeRounds(
    { list, get: () => create().get(`${ENVIRONMENT}-7`, caller) },
    { rounds: Math.ceil(rounds / 2), samples: 1 },
  );
  const describe = (what: string) =>
    `${what}, ${ENVIRONMENTS} environments, ${GRANTS.toLocaleString('en')} grants in each`;
  return [
    { what: describe('first list of a caller'), unit: 'ms', ours: times.list },
    { what: describe('first command of a caller, grants only'), unit: 'ms', ours: times.get },
  ];
}
