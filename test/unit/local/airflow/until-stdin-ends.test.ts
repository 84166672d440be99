import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findAnyPython } from '../../../../local/airflow/find-python.ts';
import { isProcessRunning } from '../../../../local/local-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../../../local/airflow/process/until_stdin_ends.py', import.meta.url));

/** A program whose child ignores signals and has a process group of its own, like a task of Airflow. */
const PROGRAM = ['sh', '-c', `trap '' TERM HUP; setsid sh -c 'trap "" TERM HUP; sleep 300' & echo $! $$; wait`];

async function startProgram() {
  const python = await findAnyPython();
  if (python === undefined || process.platform !== 'linux') return undefined;
  const child = spawn(python, [SCRIPT, ...PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, pids: String(line).trim().split(' ').map(Number) };
}

async function waitUntilGone(pids: readonly number[]): Promise<number[]> {
  for (let tries = 0; tries < 200 && pids.some(isProcessRunning); tries += 1) await delay(50);
  return pids.filter(isProcessRunning);
}

test('ends the program and the children that have left its process group when standard input ends', async ({
  skip,
}) => {
  const started = await startProgram();
  if (started === undefined) return skip('There is no Python 3, or this is not Linux.');
  expect(started.pids.filter(isProcessRunning)).toHaveLength(2);
  started.child.stdin.end();
  await once(started.child, 'exit');
  expect(await waitUntilGone(started.pids)).toEqual([]);
});

test('ends the children of a program that ends by itself', async ({ skip }) => {
  const started = await startProgram();
  if (started === undefined) return skip('There is no Python 3, or this is not Linux.');
  process.kill(started.pids[1]!, 'SIGKILL');
  await once(started.child, 'exit');
  expect(await waitUntilGone(started.pids)).toEqual([]);
});
