#!/usr/bin/env node
import { mwaa } from '../client/operator/mwaa.ts';
import { processTerminal } from '../client/terminal.ts';

process.stdout.on('error', () => {});
mwaa(process.argv.slice(2), processTerminal).then((exitCode) => {
  process.exitCode = exitCode;
});
