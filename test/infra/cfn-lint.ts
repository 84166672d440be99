import { join } from 'node:path';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';

/** Runs cfn-lint on templates. Returns one line per finding. */
export type CfnLint = (files: readonly string[], region: string) => Promise<string[]>;

/** Installs cfn-lint. Returns a function that runs it, or the reason why it is unavailable. */
export async function findCfnLint(): Promise<CfnLint | { unavailable: string }> {
  const packages = await installPythonPackages('cfn-lint');
  if ('unavailable' in packages) return packages;
  return async (files, region) => {
    const { stdout, stderr, exitCode } = await runProcess(join(packages.bin, 'cfn-lint'), [
      '--format',
      'parseable',
      '--regions',
      region,
      '--non-zero-exit-code',
      'none',
      '--',
      ...files,
    ]);
    if (exitCode !== 0) throw new Error(`cfn-lint exited with ${exitCode}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  };
}
