#!/usr/bin/env node
import { Cancellation } from '../client/pipeline/cancellation.ts';
import { createPipeline } from '../client/pipeline/create-pipeline.ts';
import { runStep } from '../client/pipeline/run-step.ts';
import { useNetworkProxy } from '../client/pipeline/use-network-proxy.ts';
import { runProgram } from '../client/terminal.ts';

const cancellation = new Cancellation();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancellation.request());
useNetworkProxy(process.env);

runProgram('airflow-step', () => runStep(createPipeline(process.env), process.env, cancellation));
