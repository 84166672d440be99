import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mwaa } from '../../../client/operator/mwaa.ts';
import { PROBLEM_TYPES, problemType } from '../../../lambda/problem-types.ts';
import { recordedTerminal } from '../../recorded-terminal.ts';

export interface Asked {
  /** `/environments`, `/commands`, `/explain`, `/cli`. */
  readonly route: string;
  readonly environment?: string | undefined;
  readonly argv: readonly string[];
  readonly format?: string;
  readonly key?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
  /** The connection is cut instead. */
  readonly cut?: true;
}

export const ok = (body: object): Answer => ({ status: 200, body });

export const succeeded = (more: object = {}): Answer =>
  ok({ outcome: 'succeeded', evidence: 'return code 0', notes: [], output: null, stdout: '', stderr: '', ...more });

export function problem(code: keyof typeof PROBLEM_TYPES, more: object = {}): Answer {
  const { status, title, retrySafe } = PROBLEM_TYPES[code];
  return { status, body: { type: problemType(code), title, status, detail: `It is ${code}.`, retrySafe, ...more } };
}

/** No profiles of whoever runs this. */
const NO_PROFILES = mkdtempSync(join(tmpdir(), 'no-profiles-'));

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

/** Runs `mwaa` while an API of its own answers as it is told. */
export async function mwaaAsks(
  argv: string[],
  answerTo: (question: Asked) => Answer = () => ok({}),
  { environment, columns, signal = new AbortController().signal }: Options = {},
) {
  const asked: Asked[] = [];
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
    const { status, body, cut } = answerTo(question);
    if (cut) request.socket.destroy();
    else response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { terminal, written } = recordedTerminal({
    XDG_CONFIG_HOME: NO_PROFILES,
    MWAA_CLI_PROXY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    ...environment,
  });
  const exitCode = await mwaa(argv, { ...terminal, columns }, () => signal);
  server.close();
  return { exitCode, ...written, asked };
}
