import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { PROBLEM_TYPES, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';
import { NO_PROFILES } from '../no-profiles.ts';

export interface ReceivedRequest {
  /** `/environments`, `/commands`, `/explain`, `/cli`, `/run`. */
  readonly route: string;
  /** The query parameters. */
  readonly query: Readonly<Record<string, string>>;
  readonly environment?: string | undefined;
  readonly argv: readonly string[];
  readonly format?: string;
  readonly key?: string | undefined;
}

export interface ScriptedResponse {
  readonly status: number;
  readonly body: object;
  /** Closes the connection instead of responding. */
  readonly disconnects?: true;
}

export const createResponse = (body: object): ScriptedResponse => ({ status: 200, body });

export const createSucceededResponse = (more: object = {}): ScriptedResponse =>
  createResponse({
    outcome: 'succeeded',
    evidence: 'return code 0',
    notes: [],
    output: null,
    stdout: '',
    stderr: '',
    ...more,
  });

export function createProblemResponse(code: keyof typeof PROBLEM_TYPES, more: object = {}): ScriptedResponse {
  const { status, title, retrySafe } = PROBLEM_TYPES[code];
  return {
    status,
    body: { type: toProblemTypeUrn(code), title, status, detail: `It is ${code}.`, retrySafe, ...more },
  };
}

export interface EnvironmentScript {
  readonly release?: string;
  /** The response to the trigger of the run. */
  readonly trigger?: ScriptedResponse;
  /** The state of the run at each poll, or another response to it. The last one repeats. */
  readonly states?: readonly (string | ScriptedResponse)[];
  /** The response of `/explain`, the same for every command or by command. */
  readonly explanation?: object | ((argv: readonly string[]) => object);
  /** Responses by the first two words of a command. */
  readonly commands?: Readonly<Record<string, ScriptedResponse>>;
}

/** The environment `prod` with the run `r-1` of the DAG `daily`. */
export function scriptEnvironment({
  release = '2.10.3',
  trigger = createSucceededResponse(),
  states = ['success'],
  explanation = { allowed: true },
  commands = {},
}: EnvironmentScript): (request: ReceivedRequest) => ScriptedResponse {
  let polls = 0;
  return ({ route, argv }) => {
    if (route === '/environments') return createResponse({ environments: [{ name: 'prod', airflowVersion: release }] });
    if (route === '/explain')
      return createResponse(typeof explanation === 'function' ? explanation(argv) : explanation);
    const scripted = commands[`${argv[0]} ${argv[1]}`];
    if (scripted !== undefined) return scripted;
    if (argv[1] === 'trigger') return trigger;
    if (argv[0] === 'tasks') return createProblemResponse('not-granted');
    if (route !== '/run') return createSucceededResponse();
    const state = states[Math.min(polls++, states.length - 1)]!;
    if (typeof state === 'object') return state;
    return createResponse({ dagId: 'daily', runId: 'r-1', state, startedAt: '2026-11-22T06:00:01.123456+00:00' });
  };
}

interface RunMwaaOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly signal?: AbortSignal;
  /** Called with each text that is written to standard error. */
  readonly onStderr?: (text: string) => unknown;
}

/** Runs `mwaa` with an API that returns scripted responses. */
export async function runMwaaWithApi(
  argv: string[],
  respond: (request: ReceivedRequest) => ScriptedResponse = () => createResponse({}),
  { environment, columns, signal = new AbortController().signal, onStderr }: RunMwaaOptions = {},
) {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    let text = '';
    for await (const chunk of incoming) text += chunk;
    const { pathname, searchParams } = new URL(incoming.url!, 'http://localhost');
    const request: ReceivedRequest = {
      route: pathname.replace(/^.*(?=\/)/, ''),
      query: Object.fromEntries(searchParams),
      environment: /\/environments\/(.+)\//.exec(pathname)?.[1],
      key: incoming.headers['idempotency-key'] as string | undefined,
      argv: [],
      ...(text === '' ? {} : JSON.parse(text)),
    };
    requests.push(request);
    const { status, body, disconnects } = respond(request);
    if (disconnects) incoming.socket.destroy();
    else response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { terminal, written } = createRecordedTerminal({
    XDG_CONFIG_HOME: NO_PROFILES,
    MWAA_CLI_PROXY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    ...environment,
  });
  const stderr = (text: string) => {
    terminal.stderr(text);
    onStderr?.(text);
  };
  const exitCode = await runMwaa(argv, { ...terminal, stderr, columns }, () => signal);
  server.close();
  return { exitCode, ...written, requests };
}
