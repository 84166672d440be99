import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  AUTHORIZER_FUNCTION,
  DEPLOYMENT_FUNCTION,
  EVENTS_FUNCTION,
  FRONT_FUNCTION,
  RELAY_FUNCTION,
  REST_FUNCTION,
} from '../contract/function-names.ts';
import { buildFunction } from '../lib/functions/build-function.ts';
import { resolveEntryPoint } from '../lib/functions/bundler.ts';
import { buildLibrary } from './build/build-library.ts';
import { DIST, ROOT } from './build/build-options.ts';
import { buildProgram } from './build/build-program.ts';

// Builds the npm package in dist/: npm run build. With --programs FOLDER, builds only the programs, in that folder.
const { values } = parseArgs({ options: { programs: { type: 'string' } } });
if (values.programs === undefined) await buildModules();
const programs = values.programs ?? `${DIST}/bin`;
mkdirSync(programs, { recursive: true });
for (const name of ['airflow', 'mwaa']) await buildProgram(name, programs);

/** Everything but the programs: declarations, catalogs, functions, and the modules that the package exports. */
async function buildModules(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  for (const folder of ['airflow/catalogs', 'airflow/operations'])
    cpSync(`${ROOT}${folder}`, `${DIST}/${folder}`, { recursive: true });
  mkdirSync(`${DIST}/functions`);
  for (const names of [
    RELAY_FUNCTION,
    REST_FUNCTION,
    FRONT_FUNCTION,
    AUTHORIZER_FUNCTION,
    EVENTS_FUNCTION,
    DEPLOYMENT_FUNCTION,
  ]) {
    writeFileSync(`${DIST}/functions/${names.bundleFile}`, buildFunction(names.bundleFile, resolveEntryPoint(names)));
  }
  writeFileSync(`${DIST}/package.json`, '{ "type": "commonjs" }\n');
  for (const module of ['lib/mwaa-cli-proxy', 'client/library/index']) await buildLibrary(module);
}
