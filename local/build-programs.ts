import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_FOLDER } from './airflow/cache.ts';

/**
 * Builds the programs as they are published (`npm run build`). Takes several seconds.
 *
 * @returns a function that returns the file of a program
 */
export function buildPrograms(): (name: 'airflow' | 'mwaa') => string {
  execFileSync(process.execPath, ['bin/build.ts'], { cwd: PROJECT_FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  return (name) => join(PROJECT_FOLDER, 'dist', 'bin', `${name}.cjs`);
}
