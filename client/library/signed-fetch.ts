import type { CredentialSource } from './credentials.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';
import { signRequest } from './sign-request.ts';

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
    send = sendHttpRequest,
  }: {
    headers?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
    service?: string;
    send?: typeof sendHttpRequest;
  } = {},
): Promise<ReceivedResponse> {
  const signed = signRequest(
    {
      method: body === undefined ? 'GET' : 'POST',
      address,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...extraHeaders },
      body,
    },
    {
      credentials: typeof credentials === 'function' ? await credentials() : credentials,
      region,
      service,
      date: new Date(),
    },
  );
  return send(address, { body, headers: signed, signal });
}

/** The host name of an API of API Gateway, with its region. */
export const API_HOST = /\.execute-api(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** The region in the host name of an API Gateway address, or undefined for other hosts. */
export function getApiRegion(address: URL): string | undefined {
  return API_HOST.exec(address.hostname)?.[1];
}
