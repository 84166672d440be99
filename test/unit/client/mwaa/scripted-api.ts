import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { PROBLEM_TYPES, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

export interface ReceivedRequest {
  /** `/environments`, `/commands`, `/explain`, `/cli`. */
  readonly route: string;
  readonly environment?: string | undefined;
  readonly argv: readonly string[];
  readonly format?: string;
  readonly key?: string | undefined;
}

export interface ScriptedResponse {
  readonly status: number;
  readonly body: object;
  /** The connection is cut instead. */
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

/** No profiles of whoever runs this. */
const NO_PROFILES = mkdtempSync(join(tmpdir(), 'no-profiles-'));

interface RunMwaaOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

/** Runs `mwaa` while an API of its own answers as it is told. */
export async function runMwaaWithApi(
  argv: string[],
  answerTo: (question: ReceivedRequest) => ScriptedResponse = () => createResponse({}),
  { environment, columns, signal = new AbortController().signal }: RunMwaaOptions = {},
) {
  const asked: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const question = {
      route: request.url!.replace(/^.*(?=\/)/, ''),
      environment: /\/environments\/(.+)\//.exec(request.url!)?.[1],
      key: request.headers['idempotency-key'] as string | undefined,
      ...{ argv: [], ...(text === '' ? {} : JSON.parse(text)) },
    };
    asked.push(question);
    const { status, body, disconnects } = answerTo(question);
    if (disconnects) request.socket.destroy();
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
  const exitCode = await runMwaa(argv, { ...terminal, columns }, () => signal);
  server.close();
  return { exitCode, ...written, asked };
}
