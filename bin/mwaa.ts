#!/usr/bin/env node
import { runMwaa } from '../client/mwaa/run-mwaa.ts';
import { processTerminal, runProgram } from '../client/terminal.ts';

const interrupt = new AbortController();
/** After this call, the first Ctrl-C aborts the signal, and the second one terminates the process. */
const listenForInterrupt = () => {
  process.once('SIGINT', () => interrupt.abort());
  return interrupt.signal;
};

runProgram('mwaa', () => runMwaa(process.argv.slice(2), processTerminal, listenForInterrupt));
