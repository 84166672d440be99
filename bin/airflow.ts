#!/usr/bin/env node
import { airflow } from '../client/airflow.ts';
import { processTerminal } from '../client/terminal.ts';

process.exitCode = await airflow(process.argv.slice(2), processTerminal);
