#!/usr/bin/env node
import { airflow } from '../client/shell/airflow.ts';
import { exitWith, processTerminal } from '../client/terminal.ts';

const stopping = new AbortController();
// The reader has gone, as `head` does: nothing to complain about.
process.stdout.on('error', () => {});
// The first Ctrl-C says what may still be running; the second one ends at once, as without us.
process.once('SIGINT', () => stopping.abort());

airflow(process.argv.slice(2), processTerminal, stopping.signal).then(exitWith);
