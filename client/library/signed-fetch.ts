import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialSource } from './credentials.ts';

/**
 * Sends a JSON body by POST, or asks by GET where there is none, signed for API Gateway (Signature Version 4, service `execute-api`).
 *
 * @throws TypeError when the address cannot be reached, as `fetch` does
 */
export async function signedFetch(
  address: URL,
  body: string | undefined,
  credentials: CredentialSource,
  region: string,
  { headers: besides = {}, signal }: { headers?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
): Promise<Response> {
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
  return fetch(address, { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) });
}

/** The region in an API Gateway address, or undefined for another host. */
export function regionOf(address: URL): string | undefined {
  return /\.execute-api(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(address.hostname)?.[1];
}
