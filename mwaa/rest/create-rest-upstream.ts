import type { AgentOptions } from 'node:https';
import { Problem } from '../../contract/problem.ts';
import { createExchange } from '../connection/exchange.ts';
import { raceAbort, withTimeout } from '../connection/with-timeout.ts';
import { createCredentialCache } from '../token/create-credential-cache.ts';
import { createTokenSource, createTokenTimeoutProblem, type IssuedToken } from '../token/create-token-source.ts';
import { deriveTokenTimeouts, type TokenTimeouts } from '../token/derive-token-timeouts.ts';
import { requireTrustedHost } from '../token/require-trusted-host.ts';
import { createLoginSteps } from './create-login-steps.ts';
import {
  createWebSessionSource,
  SESSION_LIFETIME_MS,
  type WebSessionSourceOptions,
} from './create-web-session-source.ts';
import type { RestRemedies } from './rest-remedies.ts';
import type { RestUpstream } from './send-call-types.ts';
import { getSessionSecret } from './web-session.ts';

/** Calls MWAA's `CreateWebLoginToken`, with retries: see `createTokenSource`. */
export type CreateWebLoginToken = (signal: AbortSignal) => Promise<{
  readonly WebToken?: string | undefined;
  readonly WebServerHostname?: string | undefined;
}>;

export interface RestUpstreamOptions {
  /** Connects to MWAA's API. The timeouts are those of each attempt to get a token. */
  readonly connectTokenApi: (timeouts: TokenTimeouts) => CreateWebLoginToken;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  /** Airflow's role that MWAA gives to whom requests the token, as in `User`. For messages: IAM decides. */
  readonly airflowRole: string;
  /** Overrides the web server host that MWAA returns. */
  readonly webServerHostname: string | undefined;
  /** Domains of the web server that are accepted in addition to MWAA's own. */
  readonly webServerDomains: readonly string[];
  readonly timeoutsMs: {
    readonly connect: number;
    readonly token: number;
    /** For one call. Also for one login, at most a minute. */
    readonly call: number;
  };
  /** Largest answer that is read. */
  readonly maxResponseBytes: number;
  readonly remedies: RestRemedies;
  /** Options of the HTTPS agent, for tests. */
  readonly network?: AgentOptions;
  /** Milliseconds of the wall clock, for tests. */
  readonly now?: () => number;
}

/** A login is quick. One that was frozen with its function is replaced after this time. */
const MAX_LOGIN_MS = 60_000;

const TOKEN_NAME = 'web login token';

/** A session with less time left is still used, while the next login is under way. */
const REFRESH_AHEAD_MS = 60_000;

/** Connects to the REST API of one real MWAA environment: MWAA's token API, the login, and the API itself. */
export function createRestUpstream({
  connectTokenApi,
  airflow,
  airflowRole,
  webServerHostname,
  webServerDomains,
  timeoutsMs,
  maxResponseBytes,
  remedies,
  network = {},
  now = Date.now,
}: RestUpstreamOptions): RestUpstream {
  const createToken = connectTokenApi(deriveTokenTimeouts(timeoutsMs.connect, timeoutsMs.token));
  const requestUnlimited = createTokenSource(
    async (signal) => {
      const { WebToken: token, WebServerHostname: hostname } = await createToken(signal);
      return { token, hostname };
    },
    TOKEN_NAME,
    remedies,
  );
  const requestToken = (signal: AbortSignal): Promise<IssuedToken> =>
    withTimeout(timeoutsMs.token, signal, (limited) =>
      raceAbort(requestUnlimited(limited), limited).catch((cause: unknown) => {
        if (!limited.aborted || signal.aborted) throw cause;
        throw createTokenTimeoutProblem(TOKEN_NAME, `${timeoutsMs.token / 1000} seconds`, remedies, cause);
      }),
    );
  const exchange = createExchange({ connectTimeoutMs: timeoutsMs.connect, maxResponseBytes }, now, network);
  const loginTimeoutMs = Math.min(timeoutsMs.call, MAX_LOGIN_MS);
  const login: WebSessionSourceOptions = {
    // A configured host replaces the host that MWAA returns, so the returned host is not checked.
    requestToken:
      webServerHostname === undefined ? requireTrustedHost(requestToken, webServerDomains, remedies) : requestToken,
    exchange,
    airflow,
    webServerHostname,
    loginTimeoutMs,
    remedies,
    now,
  };
  return {
    sessions: createCredentialCache({
      request: createWebSessionSource(login),
      now,
      timeoutMs: timeoutsMs.token + loginTimeoutMs,
      createTimeoutProblem: (limit, cause) => {
        const detail =
          `The login at the web server did not end within ${limit}. Nothing was run. Send the request again. If the problem ` +
          `persists, ${remedies.airflowTimeout}`;
        return new Problem('airflow-timeout', detail, {}, { cause });
      },
      lifetimeMs: SESSION_LIFETIME_MS,
      minLifeLeftMs: 1,
      refreshAheadMs: REFRESH_AHEAD_MS,
      getExpiry: ({ expiresAt }) => expiresAt,
      getSecret: getSessionSecret,
    }),
    loginSteps: createLoginSteps(login),
    exchange,
    airflowRole,
    callTimeoutMs: timeoutsMs.call,
    remedies,
    now,
  };
}
