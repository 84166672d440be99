import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** What a tool printed and how it ended; `exitCode` is null where it could not be started or was killed. */
export interface ProcessResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Settings that would steer Python or leak into builds without anyone having asked for it. */
const REMOVED_VARIABLES = /^(AWS_|AIRFLOW|PYTHON|CONDA_|VIRTUAL_ENV$|PYENV_VERSION$)/;

/** The developer's environment for installers: proxies and package indexes stay, credentials and Python settings go. */
export function createInstallerEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !REMOVED_VARIABLES.test(name)));
  // uv does not read pip's settings. A company index given to pip is meant for uv too.
  if (kept.PIP_INDEX_URL && !kept.UV_DEFAULT_INDEX && !kept.UV_INDEX_URL) kept.UV_DEFAULT_INDEX = kept.PIP_INDEX_URL;
  return kept;
}

/** Runs a tool to its end without a shell; `input` is all of its stdin. Never throws: a program that is not there is `exitCode: null`. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: { onLine?: (line: string) => void; environment?: NodeJS.ProcessEnv; cwd?: string; input?: string } = {},
): Promise<ProcessResult> {
  return new Promise((done) => {
    const settings = { cwd: options.cwd, env: options.environment ?? createInstallerEnvironment() };
    // Without input no pipe: bash takes one for a remote shell's, and reads its start-up files.
    const child: ChildProcessByStdio<Writable | null, Readable, Readable> =
      options.input === undefined
        ? spawn(command, args, { ...settings, stdio: ['ignore', 'pipe', 'pipe'] })
        : spawn(command, args, { ...settings, stdio: ['pipe', 'pipe', 'pipe'] });
    // A program that ends without reading is no fault of its own.
    child.stdin?.on('error', () => {}).end(options.input);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    if (options.onLine) createInterface({ input: child.stderr }).on('line', options.onLine);
    child.on('error', (error) => done({ exitCode: null, stdout, stderr: `${stderr}${error.message}\n` }));
    child.on('close', (exitCode) => done({ exitCode, stdout, stderr }));
  });
}
