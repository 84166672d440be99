#!/usr/bin/env node
import { runAirflow } from '../client/airflow/run-airflow.ts';
import { exitAfterFlush, processTerminal } from '../client/terminal.ts';

const interrupt = new AbortController();
// The reader has gone, as `head` does: nothing to complain about.
process.stdout.on('error', () => {});
// The first Ctrl-C says what may still be running; the second one ends at once, as without us.
process.once('SIGINT', () => interrupt.abort());

runAirflow(process.argv.slice(2), processTerminal, interrupt.signal).then(exitAfterFlush);
