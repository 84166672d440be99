import type { ConfigCheck } from './config-types.ts';

/** Reports environments that are to offer the REST API of a release whose REST API the proxy does not know. */
export const checkRest: ConfigCheck = ({ environments }, catalogs) =>
  Object.entries(environments).flatMap(([name, { airflow, rest }]) => {
    if (!rest || catalogs.readOperations(airflow) !== undefined) return [];
    const first = catalogs.releases().find((release) => catalogs.readOperations(release) !== undefined);
    const message = `The REST API of Airflow ${airflow} is not offered: it has no web sessions by default. It is from ${first} on`;
    return [{ path: ['environments', name, 'rest'], message }];
  });
