import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of installed Airflows: `airflow` in `MWAA_CLI_PROXY_CACHE`, or by default in `.cache` of the project. */
export function getCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(environment.MWAA_CLI_PROXY_CACHE || resolve(PROJECT_FOLDER, '.cache'), 'airflow');
}

/** Returns twelve hexadecimal digits that change when any of the parts changes. */
export function createShortDigest(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}
