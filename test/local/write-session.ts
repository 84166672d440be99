import { readFileSync, writeFileSync } from 'node:fs';
import { terminalSession, withSession } from './terminal-session.ts';

// Puts a real run into the README: npm run session
const README = new URL('../../README.md', import.meta.url);
const session = await terminalSession();
if (session === undefined) throw new Error('There is no real Airflow here, or no jq: nothing was written.');
writeFileSync(README, withSession(readFileSync(README, 'utf8'), session));
