import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialSource } from './credentials.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';

/**
 * Sends a JSON body by POST, or asks by GET where there is none, signed for API Gateway (Signature Version 4, service `execute-api`).
 *
 * @throws as `exchange`
 */
export async function signedFetch(
  address: URL,
  body: string | undefined,
  credentials: CredentialSource,
  region: string,
  { headers: besides = {}, signal }: { headers?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<ReceivedResponse> {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const method = body === undefined ? 'GET' : 'POST';
  const { headers } = await signer.sign(
    new HttpRequest({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.pathname,
      headers: { host: address.host, ...(body !== undefined && { 'content-type': 'application/json' }), ...besides },
      ...(body !== undefined && { body }),
    }),
  );
  return sendHttpRequest(address, { body, headers, signal });
}

/** Node's own SHA-256, with a key or without, as the signer wants it. */
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

/** The region in an API Gateway address, or undefined for another host. */
export function getApiRegion(address: URL): string | undefined {
  return /\.execute-api(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(address.hostname)?.[1];
}
