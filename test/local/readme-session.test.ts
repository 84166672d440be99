import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { extractSession, runTerminalSession } from './terminal-session.ts';

test('the terminal session in the README is the output of a real run', async ({ skip }) => {
  const session = await runTerminalSession();
  if (session === undefined) return skip('There is no real Airflow or no jq on this machine.');
  expect(extractSession(readFileSync(new URL('../../README.md', import.meta.url), 'utf8'))).toBe(session);
});
