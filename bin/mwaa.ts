#!/usr/bin/env node
import { mwaa } from '../client/operator/mwaa.ts';
import { processTerminal } from '../client/terminal.ts';

process.stdout.on('error', () => {});
process.exitCode = await mwaa(process.argv.slice(2), processTerminal);
