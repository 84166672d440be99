import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import type { Fetcher } from 'aws-jwt-verify/https';

/** Of one attempt, from name resolution to the last byte. Two of them fit into the function's time. */
export const ATTEMPT_TIMEOUT_MS = 3_000;

/** As much as API Gateway's own JWT authorizers take from an issuer. Source: quotas of HTTP APIs. */
export const MAX_JWKS_BYTES = 150_000;

/** An answer, and not the one that was asked for: asking again would bring it again. */
class UnexpectedJwksResponseError extends Error {}

/**
 * Fetches an issuer's keys, by HTTPS alone, without following redirects; once more where the connection failed. The library's own
 * fetcher reads answers of any length.
 *
 * @param options of the connection, for tests: whom to trust, how to resolve names
 * @throws Error from `fetch`: no HTTPS address, no connection, no time left, another status than 200, too long
 */
export const createJwksFetcher = (options: RequestOptions = {}, attemptMs = ATTEMPT_TIMEOUT_MS): Fetcher => ({
  fetch: async (address) => {
    if (new URL(address).protocol !== 'https:')
      throw new UnexpectedJwksResponseError('Keys are fetched by HTTPS only.');
    const attempt = () => fetchBody(address, { ...options, signal: AbortSignal.timeout(attemptMs) });
    return attempt().catch((error) => {
      if (error instanceof UnexpectedJwksResponseError) throw error;
      return attempt();
    });
  },
});

async function fetchBody(address: string, options: RequestOptions): Promise<ArrayBuffer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(address, options, resolve).on('error', reject);
  });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    if (response.statusCode !== 200)
      throw new UnexpectedJwksResponseError(`The issuer answered ${response.statusCode} for its keys.`);
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_JWKS_BYTES)
        throw new UnexpectedJwksResponseError(`The issuer's keys are longer than ${MAX_JWKS_BYTES} bytes.`);
    }
  } finally {
    response.destroy();
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer;
}
