import type { Config } from '../config/config-types.ts';

/**
 * Returns the name of the environment that `npm start` uses: the first enabled environment that runs the release.
 *
 * @param release for example `2.10.3`. Default: any release
 * @returns undefined if no enabled environment runs the release
 */
export function findEnvironment(config: Config, release?: string): string | undefined {
  const enabled = Object.entries(config.environments).filter(([, environment]) => environment.enabled);
  return enabled.find(([, { airflow }]) => release === undefined || airflow === release)?.[0];
}
