import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';

export type ShellResult = ProcessResult;

/** Runs a script with `bash` in a folder, with only these environment variables. */
export const runShell = (
  script: string,
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<ShellResult> => runProcess('bash', ['-c', script], { cwd, environment });

const NETWORK_MODULE = fileURLToPath(new URL('../../local/gateway/functions/install-network.ts', import.meta.url));

/**
 * Creates a folder with our `airflow` in it, and returns its path for the PATH.
 *
 * @param program the file of our `airflow`
 * @param network the addresses of MWAA's hostnames on this machine. With it, the process can reach no other hosts.
 */
export async function installAirflowOnPath(
  folder: string,
  program: string,
  network?: Readonly<Record<string, string | null>>,
): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const preload = join(folder, 'network.mjs');
  if (network !== undefined) {
    await writeFile(
      preload,
      `import { installNetwork } from ${JSON.stringify(NETWORK_MODULE)};\ninstallNetwork({ table: ${JSON.stringify(network)} });\n`,
    );
  }
  const options = network === undefined ? '' : ` --import '${preload}'`;
  await writeFile(join(bin, 'airflow'), `#!/bin/sh\nexec '${process.execPath}'${options} '${program}' "$@"\n`);
  await chmod(join(bin, 'airflow'), 0o755);
  return bin;
}
