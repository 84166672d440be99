/** Starts the drivers of both languages and exchanges lines with them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../files/root.ts';
import type { CallAnswer, CallRequest } from './protocol.ts';

/** A client that the rows are tested with. */
export const CLIENTS = ['TypeScript', 'Python', 'Python async'] as const;
export type ClientName = (typeof CLIENTS)[number];

export interface Driver {
  call(request: Omit<CallRequest, 'id'>): Promise<CallAnswer>;
  close(): Promise<void>;
}

/** @param python the program, with the packages that the Python package needs */
export const getCommand = (client: ClientName, python: string): readonly [program: string, ...args: string[]] =>
  client === 'TypeScript'
    ? [process.execPath, join(ROOT, 'test/contract/typescript-driver.ts')]
    : [python, join(ROOT, 'python/tests/contract_driver.py'), ...(client === 'Python async' ? ['async'] : [])];

/** A process has only these variables, and those that each language needs. */
export const createProcessEnvironment = (variables: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nowhere',
  PYTHONPATH: join(ROOT, 'python/src'),
  PYTHONDONTWRITEBYTECODE: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
  ...variables,
});

export function startDriver(
  [program, ...args]: readonly [program: string, ...args: string[]],
  environment: Readonly<Record<string, string>>,
): Driver {
  const child = spawn(program, args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<number, { resolve: (answer: CallAnswer) => void; reject: (error: Error) => void }>();
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  let end: Error | undefined;
  const ended = waitForEnd(child).then((how) => {
    end = new Error(`The driver ${program} ended (${how}): ${errors}`);
    for (const { reject } of waiting.values()) reject(end);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer: CallAnswer = JSON.parse(line);
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  let count = 0;
  return {
    call(request) {
      count += 1;
      const id = count;
      return new Promise((resolve, reject) => {
        if (end !== undefined) throw end;
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
      });
    },
    async close() {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}

const waitForEnd = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(String(signal ?? code)));
  });
