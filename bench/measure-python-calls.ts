import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installPythonPackages } from '../local/airflow/install-python-packages.ts';
import { REGION } from './deployment-names.ts';

const SOURCE = fileURLToPath(new URL('../python/src', import.meta.url));
const CALLS = fileURLToPath(new URL('programs/python_calls.py', import.meta.url));

/** Medians of one round, in milliseconds. */
export type RoundTimes = Readonly<Record<'wall' | 'cpu', Readonly<Record<'ours' | 'bare' | 'boto3', number>>>>;

/** A Python with the package and boto3, and a server that answers all requests at once. */
export interface PythonBench {
  readonly python: string;
  readonly variables: NodeJS.ProcessEnv;
  /** Measures one round in a process that has made calls before. */
  measureCalls(): Promise<RoundTimes>;
  close(): void;
}

const RESULT = {
  requestId: 'f0d1',
  environment: 'prod',
  airflowVersion: '2.10.3',
  command: ['version'],
  outcome: 'succeeded',
  evidence: 'the version',
  notes: [],
  output: null,
  stdout: '2.10.3\n',
  stderr: '',
  durationMs: 1,
};

/** @throws if the packages cannot be installed */
export async function startPythonBench(): Promise<PythonBench> {
  const packages = await installPythonPackages('bench');
  if ('unavailable' in packages) throw new Error(packages.unavailable);
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const isRest = request.url?.includes('/restapi/');
    const body = JSON.stringify(isRest ? { RestApiStatusCode: 200, RestApiResponse: RESULT } : RESULT);
    response.setHeader('content-type', 'application/json').end(body);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const python = join(packages.bin, 'python');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const variables = {
    PATH: process.env.PATH,
    PYTHONPATH: SOURCE,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    BENCH_URL: url,
  };
  const child = spawn(python, [CALLS], { stdio: ['pipe', 'pipe', 'inherit'], env: variables });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${CALLS} exited with ${code}.`)));
  exited.catch(() => {});
  return {
    python,
    variables,
    async measureCalls() {
      child.stdin.write('round\n');
      const [line] = await Promise.race([once(lines, 'line'), exited]);
      return JSON.parse(line);
    },
    close() {
      child.stdin.end();
      server.close();
      server.closeAllConnections();
    },
  };
}
