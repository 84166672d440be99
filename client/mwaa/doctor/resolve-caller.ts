import { raceAbort, withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import type { ProxyAddress } from '../../library/request-json.ts';
import { checkCredentials, describeCredentials } from '../check-credentials.ts';
import type { ApiResponse } from './api-response.ts';
import { checkToken, describeToken, readTokenExpectations } from './check-token.ts';

/** A caller whose credentials or token have been fetched and checked. */
export interface ResolvedCaller {
  readonly proxy: ProxyAddress;
  /** The credentials or the claims of the token, for the reader. */
  readonly description: string;
}

/** Long, because a token command may prompt the user. */
const TOKEN_SOURCE_TIMEOUT_MS = 30_000;

/**
 * Gets the credentials or the token once for all requests, and checks them as far as possible without a request.
 *
 * @param unsignedResponse the response to a request without credentials, which may contain the accepted issuer and audiences
 * @param now milliseconds since the epoch, by the clock of the API
 * @throws Error with a remedy
 */
export async function resolveCaller(
  proxy: ProxyAddress,
  unsignedResponse: ApiResponse,
  variables: NodeJS.ProcessEnv,
  now: () => number,
  signal: AbortSignal,
): Promise<ResolvedCaller> {
  if ('token' in proxy) {
    const token = await fetchOidcToken(proxy.token, signal);
    return {
      proxy: { url: proxy.url, token: async () => token },
      description: describeToken(checkToken(token, now(), readTokenExpectations(unsignedResponse.body))),
    };
  }
  const credentials = await checkCredentials(proxy.credentials, variables, now, signal);
  return { proxy: { ...proxy, credentials }, description: describeCredentials(proxy.credentials, credentials) };
}

async function fetchOidcToken(getToken: () => Promise<string>, signal: AbortSignal): Promise<string> {
  return withTimeout(TOKEN_SOURCE_TIMEOUT_MS, signal, (limit) => raceAbort(getToken(), limit)).catch((cause: Error) => {
    throw new Error(`The token could not be read. ${cause.message}`, { cause });
  });
}
