import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';

export type ShellResult = ProcessResult;

/** Runs a script by `bash` in a folder, with these variables and no others. */
export const runShell = (
  script: string,
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<ShellResult> => runProcess('bash', ['-c', script], { cwd, environment });

const NETWORK_MODULE = fileURLToPath(new URL('../../local/gateway/functions/install-network.ts', import.meta.url));

/**
 * A folder with our `airflow` in it, for the PATH.
 *
 * @param program its file
 * @param network where the names of MWAA are served here: the process goes nowhere else then
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
