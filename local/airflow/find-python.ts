import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProcess } from './run-process.ts';

/**
 * A Python of that minor version (`3.11`) that really runs and has what Airflow needs of it, or undefined. Looks at the
 * PATH, pyenv's versions and uv's. A pyenv shim without a version behind it is on the PATH and does not run, and a
 * Python built without SQLite's headers runs and is of no use, so each is asked. Returns the path of the real binary.
 */
export async function findPython(minor: string, uv?: string): Promise<string | undefined> {
  for (const candidate of [...listPathCandidates(`python${minor}`), ...(await listPyenvCandidates(minor))]) {
    const python = await checkPython(candidate, minor);
    if (python) return python;
  }
  if (!uv) return undefined;
  const found = await runProcess(uv, ['python', 'find', '--no-project', '--no-python-downloads', minor]);
  return found.exitCode === 0 ? checkPython(found.stdout.trim(), minor) : undefined;
}

/** Any Python 3 that runs, for installing tools with. */
export async function findAnyPython(): Promise<string | undefined> {
  for (const candidate of listPathCandidates('python3')) {
    const python = await checkPython(candidate);
    if (python) return python;
  }
  return undefined;
}

/** The places on the PATH where a program of that name would be. */
export function listPathCandidates(name: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, process.platform === 'win32' ? `${name}.exe` : name));
}

async function listPyenvCandidates(minor: string): Promise<string[]> {
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  const names = await readdir(versions).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${minor}.`))
    .map((name) => join(versions, name, 'bin', `python${minor}`));
}

async function checkPython(candidate: string, minor?: string): Promise<string | undefined> {
  const probe = 'import sys, sqlite3, ssl; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';
  const { exitCode, stdout } = await runProcess(candidate, ['-I', '-c', probe]);
  const [version, executable] = stdout.split('\n');
  const fits = minor === undefined ? version?.startsWith('3.') : version === minor;
  return exitCode === 0 && fits && executable ? executable : undefined;
}
