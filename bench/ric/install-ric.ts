import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { getCacheFolder } from '../../local/airflow/cache.ts';

/** The runtime interface client of Lambda's Node.js runtimes, from npm. */
export const RIC_VERSION = '4.0.2';

/**
 * Installs the runtime interface client in the cache, on demand. Its installation builds a native add-on, in about a minute, and needs
 * cmake, make, a C++ compiler and Python.
 *
 * @returns the file to run
 */
export async function installRic(): Promise<string> {
  const folder = join(dirname(getCacheFolder()), `aws-lambda-ric-${RIC_VERSION}-node-${process.versions.modules}`);
  const main = join('node_modules', 'aws-lambda-ric', 'index.mjs');
  if (existsSync(join(folder, main))) return join(folder, main);
  console.log(`Building aws-lambda-ric ${RIC_VERSION}, once …`);
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  await writeFile(join(unfinished, 'package.json'), '{"private":true,"allowScripts":{"aws-lambda-ric":true}}');
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', `aws-lambda-ric@${RIC_VERSION}`],
      { cwd: unfinished, env: { ...process.env, PATH }, maxBuffer: 64 * 1024 * 1024 },
    );
  } catch (cause) {
    await rm(unfinished, { recursive: true });
    throw new Error(
      'aws-lambda-ric cannot be installed. It needs the npm registry, cmake, make, a C++ compiler and Python.',
      { cause },
    );
  }
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return join(folder, main);
}
