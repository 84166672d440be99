import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';

export const PYTHON_FOLDER = fileURLToPath(new URL('../../python', import.meta.url));

/** The tools that build and check the Python package: the folder of their programs, or why they are missing. */
export const installPythonChecks = () => installPythonPackages('python-checks');

/** Builds the wheel and unpacks it, with its metadata, into `folder/packages`, which a Python finds through PYTHONPATH. */
export async function unpackWheel(bin: string, folder: string): Promise<string> {
  const packages = join(folder, 'packages');
  await mkdir(packages, { recursive: true });
  const python = join(bin, 'python');
  for (const words of [
    [python, '-m', 'hatchling', 'build', '-t', 'wheel', '-d', join(folder, 'dist')],
    ['sh', '-c', `"${python}" -m zipfile -e "${folder}"/dist/*.whl "${packages}"`],
  ]) {
    const { exitCode, stderr } = await runProcess(words[0]!, words.slice(1), { cwd: PYTHON_FOLDER });
    if (exitCode !== 0) throw new Error(`${words.join(' ')} failed: ${stderr}`);
  }
  return packages;
}
