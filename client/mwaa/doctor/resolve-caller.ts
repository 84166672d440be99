import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { raceAbort, withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import type { ProxyAddress } from '../../library/request-json.ts';
import { checkCredentials, describeCredentials } from '../check-credentials.ts';
import { type ApiRefusal, findApiRefusal } from './api-refusals.ts';
import type { ApiResponse } from './api-response.ts';
import { checkToken, describeToken, readTokenExpectations } from './check-token.ts';

/** A caller whose credentials, or whose token, have been got. */
export interface ResolvedCaller {
  readonly proxy: ProxyAddress;
  /** In words. */
  readonly description: string;
}

/** A command for a token may ask somebody. */
const TOKEN_SOURCE_TIMEOUT_MS = 30_000;

/**
 * Gets the credentials or the token, once for all requests, and checks what can be seen of them.
 *
 * @param first the answer to an unsigned request: of tokens the API tells which it takes
 * @param now milliseconds since the epoch, by the API's clock
 * @throws Error that says what to change
 */
export async function resolveCaller(
  proxy: ProxyAddress,
  first: ApiResponse,
  variables: NodeJS.ProcessEnv,
  now: () => number,
  signal: AbortSignal,
): Promise<ResolvedCaller> {
  if ('token' in proxy) {
    const token = await fetchOidcToken(proxy.token, signal);
    return {
      proxy: { url: proxy.url, token: async () => token },
      description: describeToken(checkToken(token, now(), readTokenExpectations(first.body))),
    };
  }
  const credentials = await checkCredentials(proxy.credentials, variables, now, signal);
  return { proxy: { ...proxy, credentials }, description: describeCredentials(proxy.credentials, credentials) };
}

async function fetchOidcToken(get: () => Promise<string>, outer: AbortSignal): Promise<string> {
  return withTimeout(TOKEN_SOURCE_TIMEOUT_MS, outer, (signal) => raceAbort(get(), signal)).catch((cause: Error) => {
    throw new Error(`There is no token. ${cause.message}`, { cause });
  });
}

/** The three refusals that one request can meet, one after the other. */
export async function checkAccess(
  take: RunStep<'path' | 'authentication' | 'permission'>,
  caller: ResolvedCaller,
  ask: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const check = (answer: ApiResponse, step: string) => {
    const refused = findCallerRefusal(answer, caller);
    if (refused?.step === step) throw new Error(refused.detail);
    return answer;
  };
  const answer = await take('path', async () => check(await ask(), 'path'));
  await take('authentication', async () => check(answer, 'authentication'));
  return take('permission', async () => check(answer, 'permission'));
}

const findCallerRefusal = (answer: ApiResponse, { proxy, description }: ResolvedCaller): ApiRefusal | undefined =>
  findApiRefusal(answer, { url: proxy.url, description, region: 'region' in proxy ? proxy.region : undefined });

/** @throws Error that says what to change, where the answer is none */
export function checkNotRefused(answer: ApiResponse, caller: ResolvedCaller): void {
  const refused = findCallerRefusal(answer, caller);
  if (refused !== undefined) throw new Error(refused.detail);
}
