import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Shown {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script by `bash` in a folder, with these variables and no others. */
export function shell(script: string, folder: string, environment: Readonly<Record<string, string>>): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: { stdout: Buffer[]; stderr: Buffer[] } = { stdout: [], stderr: [] };
    child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      const text = (of: Buffer[]) => Buffer.concat(of).toString('utf8');
      resolve({ exitCode, stdout: text(chunks.stdout), stderr: text(chunks.stderr) });
    });
  });
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NETWORK = fileURLToPath(new URL('../../local/gateway/network.ts', import.meta.url));

/** Builds the programs as they are shipped. Once for a file of tests: it takes seconds, and each start of one a fifth of a start from the sources. */
export const buildPrograms = (): void => {
  execFileSync(process.execPath, ['bin/build.ts'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
};

/**
 * A folder with our `airflow` in it, as it was built, for the PATH.
 *
 * @param network where the names of MWAA are served here: the process goes nowhere else then
 */
export async function airflowOnThePath(
  folder: string,
  network?: Readonly<Record<string, string | null>>,
): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const preload = join(folder, 'network.mjs');
  if (network !== undefined) {
    await writeFile(
      preload,
      `import { installNetwork } from ${JSON.stringify(NETWORK)};\ninstallNetwork({ table: ${JSON.stringify(network)} });\n`,
    );
  }
  const options = network === undefined ? '' : ` --import '${preload}'`;
  await writeFile(
    join(bin, 'airflow'),
    `#!/bin/sh\nexec '${process.execPath}'${options} '${ROOT}dist/bin/airflow.cjs' "$@"\n`,
  );
  await chmod(join(bin, 'airflow'), 0o755);
  return bin;
}
