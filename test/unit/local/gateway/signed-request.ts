/** Signs requests with AWS's library and sends them with Node's HTTP client. */
import { request } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Principal } from '../../../../local/iam/principal-store.ts';

export interface SigningOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  service?: string;
  region?: string;
  at?: Date;
}

/** Signs a request and returns its headers. */
export async function signRequest(
  principal: Pick<Principal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
  url: string,
  {
    method = 'POST',
    headers = {},
    body = '',
    service = 'execute-api',
    region = 'ap-southeast-2',
    at,
  }: SigningOptions = {},
): Promise<Record<string, string>> {
  const { host, pathname, searchParams } = new URL(url);
  const signer = new SignatureV4({ service, region, credentials: principal, sha256: Sha256, applyChecksum: false });
  const signed = await signer.sign(
    new HttpRequest({
      method,
      path: pathname,
      query: Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)])),
      headers: { host, ...headers },
      body,
    }),
    at === undefined ? {} : { signingDate: at },
  );
  return signed.headers;
}

export interface ReceivedResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The chunks of the body. `at`: milliseconds since the request was sent. */
  chunks: { at: number; text: string }[];
}

/** Sends a request. Rejects if the connection closes before the end of the response. */
export function sendSigned(
  url: string,
  headers: Record<string, string>,
  body = '',
  method = 'POST',
): Promise<ReceivedResponse> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const outgoing = request(
      url,
      { method, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } },
      (incoming) => {
        const chunks: ReceivedResponse['chunks'] = [];
        incoming
          .setEncoding('utf8')
          .on('data', (text: string) => chunks.push({ at: performance.now() - startedAt, text }))
          .on('error', reject)
          .on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text: chunks.map(({ text }) => text).join(''),
              chunks,
            }),
          );
      },
    );
    outgoing.on('error', reject).end(body);
  });
}
