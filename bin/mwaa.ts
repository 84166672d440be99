#!/usr/bin/env node
import { mwaa } from '../client/operator/mwaa.ts';
import { exitWith, processTerminal } from '../client/terminal.ts';

process.stdout.on('error', () => {});

const stopping = new AbortController();
/** From then on the first Ctrl-C is told, and the second one ends at once. */
const interruption = () => {
  process.once('SIGINT', () => stopping.abort());
  return stopping.signal;
};

mwaa(process.argv.slice(2), processTerminal, interruption).then(exitWith);
