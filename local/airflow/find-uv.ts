import { randomUUID } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createShortDigest } from './cache.ts';
import { listPathCandidates } from './find-python.ts';
import { getRequirementsFile } from './requirements-file.ts';
import { runProcess } from './run-process.ts';

/**
 * Returns the path of the installer `uv`: the one on the PATH, or one that is installed into the cache with pip, pinned and hashed. If
 * there is none, returns the reason instead of throwing.
 *
 * @param python the Python to install uv with
 */
export async function findUv(
  cache: string,
  python: string | undefined,
  onProgress: (line: string) => void,
  signal?: AbortSignal,
): Promise<string | { unavailable: string }> {
  for (const candidate of listPathCandidates('uv')) if (await isRunnable(candidate)) return candidate;

  const requirements = getRequirementsFile('uv');
  const folder = join(cache, `uv-${createShortDigest(await readFile(requirements))}`);
  const uv = join(folder, 'bin', 'uv');
  if (await isRunnable(uv)) return uv;
  if (!python) return { unavailable: 'Python 3 is not on the PATH (needed to install uv)' };

  onProgress('Installing uv from PyPI (once) …');
  // --target instead of a virtual environment: some systems package Python without ensurepip.
  const temporary = `${folder}.tmp-${randomUUID()}`;
  const pip = await runProcess(
    python,
    [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--requirement',
      requirements,
      '--target',
      temporary,
    ],
    { signal },
  );
  if (pip.exitCode === 0) await rename(temporary, folder).catch(() => {});
  await rm(temporary, { recursive: true, force: true });
  if (await isRunnable(uv)) return uv;
  return { unavailable: `uv could not be installed with pip: ${getLastLine(pip.stderr)}` };
}

async function isRunnable(candidate: string): Promise<boolean> {
  return (await runProcess(candidate, ['--version'])).exitCode === 0;
}

/** Returns the last line of a program's output, as a reason that fits on one line. */
export function getLastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'no output';
}
