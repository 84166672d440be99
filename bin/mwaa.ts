#!/usr/bin/env node
import { runMwaa } from '../client/mwaa/run-mwaa.ts';
import { exitAfterFlush, processTerminal } from '../client/terminal.ts';

// Ignores EPIPE, which occurs when the reader of the pipe exits.
process.stdout.on('error', () => {});

const interrupt = new AbortController();
/** After this call, the first Ctrl-C aborts the signal, and the second one terminates the process. */
const listenForInterrupt = () => {
  process.once('SIGINT', () => interrupt.abort());
  return interrupt.signal;
};

runMwaa(process.argv.slice(2), processTerminal, listenForInterrupt).then(exitAfterFlush);
