import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialSource } from './credentials.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';

/**
 * Sends a POST with a JSON body, or a GET without one, signed with Signature Version 4.
 *
 * @param service the signing name of the service; default `execute-api`, for an API of API Gateway
 * @throws like `sendHttpRequest`
 */
export async function signedFetch(
  address: URL,
  body: string | undefined,
  credentials: CredentialSource,
  region: string,
  {
    headers: extraHeaders = {},
    signal,
    service = 'execute-api',
  }: { headers?: Readonly<Record<string, string>>; signal?: AbortSignal; service?: string } = {},
): Promise<ReceivedResponse> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const method = body === undefined ? 'GET' : 'POST';
  const { headers } = await signer.sign(
    new HttpRequest({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.pathname,
      query: Object.fromEntries(address.searchParams),
      headers: {
        host: address.host,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...extraHeaders,
      },
      ...(body !== undefined && { body }),
    }),
  );
  return sendHttpRequest(address, { body, headers, signal });
}

/** SHA-256 of Node.js, or HMAC-SHA-256 if there is a key, with the interface that the signer requires. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined ? createHash('sha256') : createHmac('sha256', typeof key === 'string' ? key : toBytes(key));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const toBytes = (key: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(key) ? new Uint8Array(key.buffer, key.byteOffset, key.byteLength) : new Uint8Array(key);

/** The region in the host name of an API Gateway address, or undefined for other hosts. */
export function getApiRegion(address: URL): string | undefined {
  return /\.execute-api(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(address.hostname)?.[1];
}
