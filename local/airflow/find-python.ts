import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProcess } from './run-process.ts';

/**
 * Returns the path of a Python of a minor version (`3.11`) that runs and has the modules that Airflow needs, or undefined. Searches the
 * PATH, pyenv's versions and uv's versions. Runs each candidate, because a pyenv shim may have no version behind it and a Python may have
 * been built without SQLite.
 */
export async function findPython(minor: string, uv?: string): Promise<string | undefined> {
  for (const candidate of [...listPathCandidates(`python${minor}`), ...(await listPyenvCandidates(minor))]) {
    const python = await checkPython(candidate, minor);
    if (python) return python;
  }
  if (!uv) return undefined;
  const { exitCode, stdout } = await runProcess(uv, ['python', 'find', '--no-project', '--no-python-downloads', minor]);
  return exitCode === 0 ? checkPython(stdout.trim(), minor) : undefined;
}

/** Returns any Python 3 that runs, to install tools with. */
export async function findAnyPython(): Promise<string | undefined> {
  for (const candidate of listPathCandidates('python3')) {
    const python = await checkPython(candidate);
    if (python) return python;
  }
  return undefined;
}

/** Returns the paths at which a program of this name could be, one per folder of the PATH. */
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
  const isMatch = minor === undefined ? version?.startsWith('3.') : version === minor;
  return exitCode === 0 && isMatch && executable ? executable : undefined;
}
