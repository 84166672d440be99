import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { extractSession, runTerminalSession } from './terminal-session.ts';

test('the terminal session in the README is what a real run shows', async ({ skip }) => {
  const session = await runTerminalSession();
  if (session === undefined) return skip('no real Airflow, or no jq');
  expect(extractSession(readFileSync(new URL('../../README.md', import.meta.url), 'utf8'))).toBe(session);
});
