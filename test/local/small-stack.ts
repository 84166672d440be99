import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';

/** Creates a configuration with one environment, for tests of the API that do not depend on Airflow. */
export const createConfig = (api: string, environment = '', grants: readonly string[] = []): string =>
  createConfigText({
    api,
    environments: { prod: `airflow: 2.10.3${environment}` },
    grants: [
      'who: "arn:aws:iam::111122223333:role/team", where: "*", may: ["@read", "@health"]',
      'who: "arn:aws:iam::222233334444:role/partner", where: "*", may: [version]',
      ...grants,
    ],
  });

/** Starts a local stack with recorded answers instead of a real Airflow. */
export async function startSmallStack(config: string, options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const folder = mkdtempSync(join(tmpdir(), 'small-'));
  const configFile = join(folder, 'config.yaml');
  writeFileSync(configFile, config);
  try {
    return await startLocalStack({ configFile, replay: true, ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is tested
  readonly body: any;
}

export interface ApiRequest {
  readonly path: string;
  readonly method?: string;
  readonly body?: string;
  readonly caller?: Principal;
  /** The value of the `Host` header, if it is not the host of the stack's URL. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that are sent but not signed. */
  readonly unsigned?: Readonly<Record<string, string>>;
}

/** Sends a request. It is signed if it has a caller. */
export async function sendRequest(
  stack: LocalStack,
  { path, method, body = '', caller, host, headers = {}, unsigned = {} }: ApiRequest,
): Promise<ApiResponse> {
  const base = new URL(stack.url);
  const target = `${base.pathname.replace(/\/$/, '')}${path}`;
  const verb = method ?? (body === '' ? 'GET' : 'POST');
  const baseHeaders = { host: host ?? base.host, 'content-type': 'application/json', ...headers };
  const signed =
    caller === undefined
      ? baseHeaders
      : (
          await new SignatureV4({
            service: 'execute-api',
            region: stack.region,
            credentials: caller,
            sha256: Sha256,
          }).sign(
            new HttpRequest({
              method: verb,
              hostname: baseHeaders.host,
              path: target.replace(/\?.*/, ''),
              query: readQuery(target),
              headers: baseHeaders,
              body,
            }),
          )
        ).headers;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: base.hostname, port: base.port, path: target, method: verb, headers: { ...signed, ...unsigned } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: parseJsonOrUndefined(text),
          });
        });
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

function readQuery(target: string): Record<string, string[]> {
  const { searchParams } = new URL(target, 'http://localhost');
  return Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const getProblemCode = ({ body }: ApiResponse): string | undefined => body?.type?.split(':').at(-1);

export const VERSION_COMMAND = '{"command":"version"}';
