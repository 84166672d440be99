import type { ConfigIssue } from './config-types.ts';

/**
 * Reports environments whose Airflow release has no catalog.
 *
 * @param environments the value of `environments` as it was written, before the schema has checked it
 * @param releases the supported releases
 */
export const findUnknownReleases = (
  environments: Readonly<Record<string, unknown>>,
  releases: readonly string[],
): ConfigIssue[] =>
  Object.entries(environments).flatMap(([name, environment]): ConfigIssue[] => {
    const release = getRelease(environment);
    if (typeof release !== 'string' || releases.includes(release)) return [];
    const message = `Airflow ${release} is not supported. Supported releases: ${releases.join(', ')}`;
    return [{ path: ['environments', name, 'airflow'], message }];
  });

const getRelease = (environment: unknown): unknown =>
  typeof environment === 'object' && environment !== null && 'airflow' in environment ? environment.airflow : undefined;
