import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('../../bin/run.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'run-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a program with `bin/run.mjs`, and waits until the program prints something. */
async function startProgram(code: string) {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, code);
  const child = spawn(process.execPath, [RUN, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, text: String(text), ended };
}

const WAIT = 'setInterval(() => {}, 1000); console.log(process.version);';

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  'bin/run.mjs passes %s to its program, and ends like it',
  async (signal) => {
    const { child, text, ended } = await startProgram(WAIT);
    expect(text).toMatch(/^v24\./);
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
  },
);

test('bin/run.mjs waits for a program that ends itself after a signal, and has its exit code', async () => {
  const code = `process.on('SIGTERM', () => setTimeout(() => process.exit(7), 100)); ${WAIT}`;
  const { child, ended } = await startProgram(code);
  child.kill('SIGTERM');
  expect(await ended).toEqual([7, null]);
});

test('a program notices that bin/run.mjs was killed', async () => {
  const code = `process.on('disconnect', () => { console.log('gone'); process.exit(); }); ${WAIT}`;
  const { child, ended } = await startProgram(code);
  const [text] = await Promise.all([once(child.stdout, 'data'), child.kill('SIGKILL')]);
  expect(String(text)).toBe('gone\n');
  await ended;
});
