#!/usr/bin/env node
import { airflow } from '../client/airflow.ts';

process.exitCode = await airflow(process.argv.slice(2), {
  environment: process.env,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
});
