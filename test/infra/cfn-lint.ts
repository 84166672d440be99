import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../local/airflow/cache.ts';
import { execute, installerEnvironment } from '../../local/airflow/execute.ts';
import { findAnyPython } from '../../local/airflow/python.ts';
import { requirementsFile } from '../../local/airflow/requirements.ts';
import { findUv, lastLine } from '../../local/airflow/uv.ts';

/** Runs cfn-lint over templates: what it finds, a line each. */
export type CfnLint = (files: readonly string[], region: string) => Promise<string[]>;

/** The linter, installed once, pinned and hashed; or why it cannot be had. */
export async function cfnLint(): Promise<CfnLint | { unavailable: string }> {
  const requirements = requirementsFile('cfn-lint');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(), `cfn-lint-${hash}`);
  const program = join(folder, 'bin', 'cfn-lint');
  if ((await execute(program, ['--version'])).exitCode !== 0) {
    const python = await findAnyPython();
    if (python === undefined) return { unavailable: 'there is no Python 3' };
    const uv = await findUv(cacheFolder(), python, console.error);
    if (typeof uv !== 'string') return uv;
    const failed = await install(uv, python, requirements, folder);
    if (failed !== undefined) return { unavailable: failed };
  }
  return async (files, region) => {
    const { stdout, stderr, exitCode } = await execute(program, [
      ...['--format', 'parseable', '--regions', region, '--non-zero-exit-code', 'none', '--'],
      ...files,
    ]);
    if (exitCode !== 0) throw new Error(`cfn-lint ended with ${exitCode}: ${stderr}`);
    return stdout.split('\n').filter((line) => line !== '');
  };
}

async function install(uv: string, python: string, requirements: string, folder: string): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  const environment = { ...installerEnvironment(), UV_PYTHON_DOWNLOADS: 'never' };
  // In its place at once: the programs of a virtual environment know where they are.
  const made = await execute(uv, ['venv', '--quiet', '--no-config', '--python', python, folder], { environment });
  if (made.exitCode !== 0) return lastLine(made.stderr);
  const installed = await execute(
    uv,
    [
      'pip',
      'install',
      '--quiet',
      '--no-config',
      '--require-hashes',
      '--python',
      join(folder, 'bin', 'python'),
      '-r',
      requirements,
    ],
    { environment },
  );
  if (installed.exitCode === 0) return undefined;
  await rm(folder, { recursive: true, force: true });
  return lastLine(installed.stderr);
}
