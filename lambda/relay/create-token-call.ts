import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { CreateWebLoginToken } from '../../mwaa/rest/create-rest-upstream.ts';
import type { CreateCliToken } from '../../mwaa/token/create-cli-token-source.ts';
import { MAX_TOKEN_ATTEMPTS } from '../../mwaa/token/create-token-source.ts';
import type { TokenTimeouts } from '../../mwaa/token/derive-token-timeouts.ts';
import { type CredentialSource, createSigner, readLambdaCredentials } from '../aws/sign-request.ts';
import { sendTokenRequest, type TokenResponse } from './send-token-request.ts';
import { getRetryReason, readTokenResponse, type TokenMembers } from './token-response.ts';

/** Where and as whom to call MWAA's API. The default is what Lambda's environment variables say. */
export interface TokenApiAccess {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: CredentialSource;
  readonly agent?: HttpAgent;
}

/** The AWS SDK's backoff: a random time of at most this, doubled with each attempt. */
const BACKOFF_MS = { throttled: 500, other: 100 } as const;

/** Calls `CreateCliToken`: see `createMwaaCall`. */
export const createTokenCall = (mwaaName: string, timeouts: TokenTimeouts, access?: TokenApiAccess): CreateCliToken =>
  createMwaaCall(`/clitoken/${encodeURIComponent(mwaaName)}`, timeouts, access);

/** Calls `CreateWebLoginToken`: see `createMwaaCall`. */
export const createWebLoginTokenCall = (
  mwaaName: string,
  timeouts: TokenTimeouts,
  access?: TokenApiAccess,
): CreateWebLoginToken => createMwaaCall(`/webtoken/${encodeURIComponent(mwaaName)}`, timeouts, access);

/**
 * Calls an operation of MWAA that creates a token, as the AWS SDK does. The SDK's client is not used, because loading it is a quarter of the relay's cold start:
 * see docs/decisions.md. A test runs the same cases with both.
 *
 * @param access for tests
 */
function createMwaaCall(
  path: string,
  timeouts: TokenTimeouts,
  {
    region = process.env.AWS_REGION ?? '',
    endpoint = createTokenEndpoint(region),
    credentials = readLambdaCredentials,
    agent,
  }: TokenApiAccess = {},
): (signal: AbortSignal) => Promise<TokenMembers> {
  const { protocol, hostname, port } = new URL(endpoint);
  const connections = agent ?? new (protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const sign = createSigner('airflow', region, credentials);
  const clock = createServerClock();
  const request = {
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path,
    method: 'POST',
    headers: { host: port === '' ? hostname : `${hostname}:${port}`, 'content-length': '0' },
    body: '',
  };
  const attempt = async (signal: AbortSignal) => {
    const response = await sendTokenRequest(connections, await sign(request, clock.now()), timeouts, signal);
    const isCorrected = clock.follow(response);
    return readTokenResponse(response, isCorrected);
  };
  return async (signal) => {
    for (let count = 1; ; count += 1) {
      try {
        return await attempt(signal);
      } catch (error) {
        const kind = getRetryReason(error);
        if (count === MAX_TOKEN_ATTEMPTS || kind === undefined || signal.aborted) throw error;
        await delay(Math.random() * 2 ** (count - 1) * BACKOFF_MS[kind], undefined, { signal });
      }
    }
  };
}

/** The address of MWAA's API. MWAA's reference has only these two domains. */
export const createTokenEndpoint = (region: string): string =>
  `https://env.airflow.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;

/** AWS rejects signatures whose time is more than five minutes off. */
const MAX_CLOCK_OFFSET_MS = 300_000;

/** A clock that is set by the service if it is too far off, like that of the AWS SDK. */
function createServerClock() {
  let offsetMs = 0;
  const now = () => Date.now() + offsetMs;
  return {
    now: () => new Date(now()),
    /** @returns whether the clock was corrected */
    follow({ headers }: TokenResponse): boolean {
      const serverTime = Date.parse(headers.date ?? '');
      if (!(Math.abs(serverTime - now()) >= MAX_CLOCK_OFFSET_MS)) return false;
      offsetMs = serverTime - Date.now();
      return true;
    },
  };
}
