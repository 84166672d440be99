import { readFileSync, writeFileSync } from 'node:fs';
import { replaceSession, runTerminalSession } from './terminal-session.ts';

// Puts a real run into the README: npm run session
const README = new URL('../../README.md', import.meta.url);
const session = await runTerminalSession();
if (session === undefined) throw new Error('There is no real Airflow here, or no jq: nothing was written.');
writeFileSync(README, replaceSession(readFileSync(README, 'utf8'), session));
