import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from '../../local/airflow/run-process.ts';

/** The folder of the Python package. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../../python', import.meta.url));

/**
 * Builds the wheel and the source distribution of the Python package from a copy of its folder, so that nothing is written to it.
 *
 * @param hatchling the program
 * @param dist the folder to write to
 * @returns the names of both files
 * @throws if the build fails, with its output
 */
export async function buildPackage(hatchling: string, dist: string): Promise<string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'python-source-'));
  try {
    const isSource = (path: string) => !['__pycache__', 'dist', '.venv'].includes(basename(path));
    await cp(PACKAGE_FOLDER, copy, { recursive: true, filter: isSource });
    const args = ['build', '-t', 'sdist', '-t', 'wheel', '-d', dist];
    const { exitCode, stdout, stderr } = await runProcess(hatchling, args, { cwd: copy });
    if (exitCode !== 0) throw new Error(`The Python package cannot be built:\n${stdout}${stderr}`);
    return (await readdir(dist)).sort();
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
