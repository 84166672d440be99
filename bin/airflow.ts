#!/usr/bin/env node
import { runAirflow } from '../client/airflow/run-airflow.ts';
import { processTerminal, runProgram } from '../client/terminal.ts';

const interrupt = new AbortController();
// The first Ctrl-C prints which command may still be running. The second one terminates the process.
process.once('SIGINT', () => interrupt.abort());

runProgram('airflow', () => runAirflow(process.argv.slice(2), processTerminal, interrupt.signal));
