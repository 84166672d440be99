#!/usr/bin/env node
import { runAirflow } from '../client/airflow/run-airflow.ts';
import { exitAfterFlush, processTerminal } from '../client/terminal.ts';

const interrupt = new AbortController();
// Ignores EPIPE, which occurs when the reader of the pipe exits, as in `airflow dags list | head`.
process.stdout.on('error', () => {});
// The first Ctrl-C prints which command may still be running. The second one terminates the process.
process.once('SIGINT', () => interrupt.abort());

runAirflow(process.argv.slice(2), processTerminal, interrupt.signal).then(exitAfterFlush);
