import { readFileSync, writeFileSync } from 'node:fs';
import { replaceSession, runTerminalSession } from './terminal-session.ts';

// Updates the terminal session in the README with a real run: npm run session
const README = new URL('../../README.md', import.meta.url);
const session = await runTerminalSession();
if (session === undefined)
  throw new Error('There is no real Airflow or no jq on this machine, so the README was not changed.');
writeFileSync(README, replaceSession(readFileSync(README, 'utf8'), session));
