import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectFolder } from './airflow/cache.ts';

/**
 * Builds the programs as they are shipped (`npm run build`), which takes seconds.
 *
 * @returns the file of a program, by its name
 */
export function buildPrograms(): (name: 'airflow' | 'mwaa') => string {
  execFileSync(process.execPath, ['bin/build.ts'], { cwd: projectFolder, stdio: ['ignore', 'ignore', 'inherit'] });
  return (name) => join(projectFolder, 'dist', 'bin', `${name}.cjs`);
}
