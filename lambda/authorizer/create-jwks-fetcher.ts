import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import type { Fetcher } from 'aws-jwt-verify/https';

/** Time limit of one attempt, from name resolution to the last byte. The function's timeout allows two attempts. */
export const ATTEMPT_TIMEOUT_MS = 3_000;

/** The limit of API Gateway's own JWT authorizers. Source: quotas of HTTP APIs. */
export const MAX_JWKS_BYTES = 150_000;

/** An error that a retry cannot fix. */
class UnexpectedJwksResponseError extends Error {}

/**
 * Fetches an issuer's keys over HTTPS, without following redirects. Retries once if the connection fails. The library's own fetcher
 * has no size limit.
 *
 * @param options of the connection, for tests: trusted certificates, name resolution
 * @throws Error from `fetch`: the address is not HTTPS, the connection failed or timed out, the status is not 200, the response is
 *   too large
 */
export const createJwksFetcher = (options: RequestOptions = {}, attemptTimeoutMs = ATTEMPT_TIMEOUT_MS): Fetcher => ({
  fetch: async (address) => {
    if (new URL(address).protocol !== 'https:')
      throw new UnexpectedJwksResponseError('Keys are only fetched over HTTPS.');
    const attempt = () => fetchBody(address, { ...options, signal: AbortSignal.timeout(attemptTimeoutMs) });
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
      throw new UnexpectedJwksResponseError(`The issuer returned HTTP ${response.statusCode} for its keys.`);
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_JWKS_BYTES)
        throw new UnexpectedJwksResponseError(`The issuer's keys are larger than ${MAX_JWKS_BYTES} bytes.`);
    }
  } finally {
    response.destroy();
  }
  return new Uint8Array(Buffer.concat(chunks)).buffer;
}
