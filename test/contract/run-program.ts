/** Runs a console program of a package for a row. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createProcessEnvironment } from './drivers.ts';
import { getShellVariables, type ProgramCall, type RowContext } from './row.ts';

/** The programs: those of the npm package by their files, those of the Python package by their modules. */
export interface Programs {
  readonly getFile: (name: 'airflow' | 'mwaa') => string;
  readonly python: string;
}

/** After this, a program that was answered has begun to wait. */
const INTERRUPT_DELAY_MS = 500;

/** @returns what the program printed, with the names of the programs of the npm package */
export async function runProgram(
  { getFile, python }: Programs,
  context: RowContext,
  { program, argv, variables, interruptAfterRequests }: ProgramCall,
): Promise<{ exitCode: number | string | null; stdout: string; stderr: string }> {
  const [file = '', ...start] =
    context.client === 'TypeScript'
      ? [process.execPath, getFile(program === 'wait' ? 'mwaa' : 'airflow'), ...(program === 'wait' ? ['wait'] : [])]
      : [python, '-m', `mwaa_cli_proxy.shell.${program}`];
  const child = spawn(file, [...start, ...argv.map((word) => word.replaceAll('$ID', context.id))], {
    env: createProcessEnvironment({ ...getShellVariables(context), MWAA_AIRFLOW_VERSION: '2.10.3', ...variables }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  );
  if (interruptAfterRequests !== undefined) {
    while (context.door.requests.length < interruptAfterRequests && child.exitCode === null) await delay(20);
    await delay(INTERRUPT_DELAY_MS);
    child.kill('SIGINT');
  }
  const exitCode = await ended;
  const rename = (text: string) =>
    text
      .replaceAll(/^mwaa-airflow: /gm, 'airflow (proxy): ')
      .replaceAll('mwaa-airflow', 'airflow')
      .replaceAll('mwaa-wait', 'mwaa wait');
  return { exitCode, stdout: rename(texts.stdout), stderr: rename(texts.stderr) };
}
