#!/usr/bin/env node
import { runMwaa } from '../client/mwaa/run-mwaa.ts';
import { exitAfterFlush, processTerminal } from '../client/terminal.ts';

process.stdout.on('error', () => {});

const interrupt = new AbortController();
/** From then on the first Ctrl-C is told, and the second one ends at once. */
const listenForInterrupt = () => {
  process.once('SIGINT', () => interrupt.abort());
  return interrupt.signal;
};

runMwaa(process.argv.slice(2), processTerminal, listenForInterrupt).then(exitAfterFlush);
