/** An API of the proxy's on loopback that answers as it is told, and `mwaa doctor` run against it. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { mwaa } from '../../../client/operator/mwaa.ts';
import { PROBLEM_TYPES, type ProblemCode, problemType } from '../../../lambda/problem-types.ts';
import type { Credential } from '../../../local/mwaa/ca.ts';
import { recordedTerminal } from '../../recorded-terminal.ts';

export interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a text. */
  readonly body?: unknown;
}

/** What is answered, by what is asked. */
export interface Script {
  /** Without signature or token. */
  readonly unsigned?: Said;
  readonly environments?: Said;
  readonly commands?: Said;
  readonly health?: Said;
  /** Of every answer. */
  readonly date?: string;
}

export const problem = (code: ProblemCode, detail = 'T', more: object = {}, errorType?: string): Said => ({
  status: PROBLEM_TYPES[code].status,
  headers: errorType === undefined ? {} : { 'x-amzn-errortype': errorType },
  body: { type: problemType(code), title: 'T', status: PROBLEM_TYPES[code].status, detail, requestId: 'r-1', ...more },
});

export const STEPS = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'].map((step) => ({
  ...{ step, status: 'ok', durationMs: 1 },
}));

const WELL: Required<Omit<Script, 'date'>> = {
  unsigned: problem(
    'not-signed',
    'Either the request carries no AWS Signature Version 4, or …',
    {},
    'MissingAuthenticationTokenException',
  ),
  environments: { body: { environments: [{ name: 'prod', airflowVersion: '2.10.3' }] } },
  commands: { body: { commands: [{ command: 'dags list' }, { command: 'dags list' }, { command: '@health' }] } },
  health: { body: { healthy: true, steps: STEPS } },
};

export const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
/** No profiles of whoever runs this, and no instance to ask for credentials. */
export const NOTHING = {
  XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'no-profiles-')),
  AWS_EC2_METADATA_DISABLED: 'true',
};

export interface Api {
  readonly url: string;
  script: Script;
  close(): void;
}

/** @param credential makes it speak HTTPS, as `localhost` */
export async function startApi(credential?: Credential): Promise<Api> {
  const answer: RequestListener = (request, response) => {
    const { status = 200, headers = {}, body } = saidTo(request, api.script);
    if (api.script.date !== undefined) response.setHeader('date', api.script.date);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  };
  const server = credential === undefined ? createServer(answer) : createSecureServer(credential, answer);
  const port = await listening(server);
  const url = credential === undefined ? `http://127.0.0.1:${port}/v1` : `https://localhost:${port}/v1`;
  const api: Api = { url, script: {}, close: () => void server.close() };
  return api;
}

/** Any free port of loopback. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function saidTo({ headers, url = '' }: IncomingMessage, script: Script): Said {
  const well = { ...WELL, ...script };
  if (headers.authorization === undefined) return well.unsigned;
  if (url.endsWith('/health')) return well.health;
  return url.endsWith('/commands') ? well.commands : well.environments;
}

export interface Examined {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function doctor(variables: NodeJS.ProcessEnv, ...args: string[]): Promise<Examined> {
  const { terminal, written } = recordedTerminal({ ...NOTHING, ...variables });
  return { exitCode: await mwaa(['doctor', ...args], terminal), ...written };
}

export type Broken = { readonly at: string; readonly detail: string } | undefined;

/** The step that failed, with its side, and what is said of it; undefined where all is well. */
export const broken = async (variables: NodeJS.ProcessEnv): Promise<Broken> =>
  brokenIn((await doctor(variables, '--json')).stdout);

/** The same in a process of its own, whose variables Node heeds too. */
export async function brokenInProcess(variables: NodeJS.ProcessEnv): Promise<Broken> {
  const env = { PATH: process.env.PATH, ...NOTHING, ...variables };
  const child = spawn(process.execPath, [MWAA, 'doctor', '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  return brokenIn(await text(child.stdout));
}

const MWAA = fileURLToPath(new URL('../../../bin/mwaa.ts', import.meta.url));

function brokenIn(stdout: string): Broken {
  const { steps } = JSON.parse(stdout) as { steps: { side: string; step: string; status: string; detail: string }[] };
  const failed = steps.find(({ status }) => status === 'failed');
  return failed && { at: `${failed.side}: ${failed.step}`, detail: failed.detail };
}
