// Runs a program of this repository, such as `node bin/run.mjs bin/app.ts`, with the Node.js 24 that is a development dependency. It is
// plain JavaScript without imports from this repository, because the CDK CLI runs it with the Node.js that is first on the PATH.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const node = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
);

if (existsSync(node)) {
  // The program ends like this process: by the same signal, or when the channel closes because this process was killed.
  const child = spawn(node, process.argv.slice(2), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
} else {
  console.error(
    `The packages of ${fileURLToPath(new URL('..', import.meta.url))} are not installed. Run there: npm ci`,
  );
  process.exitCode = 1;
}
