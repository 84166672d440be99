import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** The output and exit code of a program. `exitCode` is null if it could not be started or was killed. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables with credentials, and variables that would change how Python and builds work. */
const REMOVED_VARIABLES = /^(AWS_|AIRFLOW|PYTHON|CONDA_|VIRTUAL_ENV$|PYENV_VERSION$)/;

/** Returns the developer's environment for installers: with proxies and package indexes, without credentials and Python settings. */
export function createInstallerEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !REMOVED_VARIABLES.test(name)));
  // uv ignores pip's settings. A package index that is configured for pip applies to uv too.
  if (kept.PIP_INDEX_URL && !kept.UV_DEFAULT_INDEX && !kept.UV_INDEX_URL) kept.UV_DEFAULT_INDEX = kept.PIP_INDEX_URL;
  return kept;
}

export interface ProcessOptions {
  readonly onLine?: (line: string) => void;
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The whole stdin. */
  readonly input?: string;
  /** An abort kills the program and its child processes. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end without a shell. Does not throw: for a missing program `exitCode` is null. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const { signal } = options;
    const settings = {
      cwd: options.cwd,
      env: options.environment ?? createInstallerEnvironment(),
      // A process group of its own, so that its child processes can be killed with it.
      detached: signal !== undefined,
    };
    // Without input stdin is not a pipe: with a pipe bash assumes a remote shell and reads its startup files.
    const child: ChildProcessByStdio<Writable | null, Readable, Readable> =
      options.input === undefined
        ? spawn(command, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'] })
        : spawn(command, args, { ...settings, stdio: ['pipe', 'pipe', 'pipe'] });
    // A program may exit without reading its input.
    child.stdin?.on('error', () => {}).end(options.input);
    const kill = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The whole group has ended.
      }
    };
    signal?.addEventListener('abort', kill, { once: true });
    if (signal?.aborted) kill();
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    if (options.onLine) createInterface({ input: child.stderr }).on('line', options.onLine);
    child.on('error', (error) => resolve({ exitCode: null, stdout, stderr: `${stderr}${error.message}\n` }));
    child.on('close', (exitCode) => {
      signal?.removeEventListener('abort', kill);
      resolve({ exitCode, stdout, stderr });
    });
  });
}
