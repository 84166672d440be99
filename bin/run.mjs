// Runs a program of this repository, such as `node bin/run.mjs bin/app.ts`, with the Node.js 24 that is a development dependency. It is
// plain JavaScript without imports from this repository, because the CDK CLI runs it with the Node.js that is first on the PATH.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const node = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

if (existsSync(node)) {
  const { status, error } = spawnSync(node, process.argv.slice(2), { stdio: 'inherit' });
  if (error !== undefined) throw error;
  process.exitCode = status ?? 1;
} else {
  console.error(
    `The packages of ${fileURLToPath(new URL('..', import.meta.url))} are not installed. Run there: npm ci`,
  );
  process.exitCode = 1;
}
