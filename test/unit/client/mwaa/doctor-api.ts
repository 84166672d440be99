/** A scripted API on loopback, and `mwaa doctor` run against it. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import type { ServerCertificate } from '../../../../local/mwaa/certificate-authority.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';
import { NO_PROFILES } from '../no-profiles.ts';

export interface DoctorResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a string. */
  readonly body?: unknown;
}

/** The response to each request. */
export interface DoctorScript {
  /** To a request without a signature or token. */
  readonly unsigned?: DoctorResponse;
  readonly environments?: DoctorResponse;
  readonly commands?: DoctorResponse;
  readonly health?: DoctorResponse;
  /** The `Date` header of every response. */
  readonly date?: string;
}

export const createDoctorProblem = (
  code: ProblemCode,
  detail = 'T',
  more: object = {},
  errorType?: string,
): DoctorResponse => ({
  status: PROBLEM_TYPES[code].status,
  headers: errorType === undefined ? {} : { 'x-amzn-errortype': errorType },
  body: {
    type: toProblemTypeUrn(code),
    title: 'T',
    status: PROBLEM_TYPES[code].status,
    detail,
    requestId: 'r-1',
    ...more,
  },
});

export const HEALTHY_STEPS = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'].map((step) => ({
  step,
  status: 'ok',
  durationMs: 1,
}));

const HEALTHY_SCRIPT: Required<Omit<DoctorScript, 'date'>> = {
  unsigned: createDoctorProblem(
    'not-signed',
    'Either the request carries no AWS Signature Version 4, or …',
    {},
    'MissingAuthenticationTokenException',
  ),
  environments: { body: { environments: [{ name: 'prod', airflowVersion: '2.10.3' }] } },
  commands: { body: { commands: [{ command: 'dags list' }, { command: 'dags list' }, { command: '@health' }] } },
  health: { body: { healthy: true, steps: HEALTHY_STEPS } },
};

export const AWS_KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };
/** No profiles, and no credentials from an instance. */
export const ISOLATED_VARIABLES = {
  XDG_CONFIG_HOME: NO_PROFILES,
  AWS_EC2_METADATA_DISABLED: 'true',
};

export interface DoctorApi {
  readonly url: string;
  script: DoctorScript;
  close(): void;
}

/** @param certificate makes it an HTTPS server with the host name `localhost` */
export async function startDoctorApi(certificate?: ServerCertificate): Promise<DoctorApi> {
  const respond: RequestListener = (request, response) => {
    const { status = 200, headers = {}, body } = selectResponse(request, api.script);
    if (api.script.date !== undefined) response.setHeader('date', api.script.date);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  };
  const server = certificate === undefined ? createServer(respond) : createSecureServer(certificate, respond);
  const port = await listenOnLoopback(server);
  const url = certificate === undefined ? `http://127.0.0.1:${port}/v1` : `https://localhost:${port}/v1`;
  const api: DoctorApi = { url, script: {}, close: () => void server.close() };
  return api;
}

/** Listens on a free port of loopback. Returns the port. */
export async function listenOnLoopback(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function selectResponse({ headers, url = '' }: IncomingMessage, script: DoctorScript): DoctorResponse {
  const responses = { ...HEALTHY_SCRIPT, ...script };
  if (headers.authorization === undefined) return responses.unsigned;
  if (url.endsWith('/health')) return responses.health;
  return url.endsWith('/commands') ? responses.commands : responses.environments;
}

export interface DoctorRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runDoctor(variables: NodeJS.ProcessEnv, ...args: string[]): Promise<DoctorRun> {
  const { terminal, written } = createRecordedTerminal({ ...ISOLATED_VARIABLES, ...variables });
  return { exitCode: await runMwaa(['doctor', ...args], terminal), ...written };
}

export type BrokenStep = { readonly at: string; readonly detail: string } | undefined;

/** The failed step with its side and its remedy. Undefined if all checks passed. */
export const findBrokenStep = async (variables: NodeJS.ProcessEnv): Promise<BrokenStep> =>
  parseBrokenStep((await runDoctor(variables, '--json')).stdout);

/** Like `findBrokenStep`, but in a child process, so that the variables also configure Node.js. */
export async function findBrokenStepInProcess(
  variables: NodeJS.ProcessEnv,
  program = MWAA_PROGRAM,
): Promise<BrokenStep> {
  const env = { PATH: process.env.PATH, ...ISOLATED_VARIABLES, ...variables };
  const child = spawn(process.execPath, [program, 'doctor', '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return parseBrokenStep(await text(child.stdout));
}

const MWAA_PROGRAM = fileURLToPath(new URL('../../../../bin/mwaa.ts', import.meta.url));

function parseBrokenStep(stdout: string): BrokenStep {
  const { steps } = JSON.parse(stdout) as { steps: { side: string; step: string; status: string; detail: string }[] };
  const failed = steps.find(({ status }) => status === 'failed');
  return failed && { at: `${failed.side}: ${failed.step}`, detail: failed.detail };
}
