import type { Exchange, WebServerResponse } from '../connection/exchange.ts';
import { NoResponseError } from '../connection/no-response-error.ts';
import { withReconnect } from '../connection/with-reconnect.ts';
import { createNoResponseProblem } from '../sent-problems.ts';
import type { IssuedToken } from '../token/create-token-source.ts';
import { parseJwtExpiry } from '../token/token-expiry.ts';
import { createFailedLoginProblem } from './call-problems.ts';
import { findCookie } from './find-cookie.ts';
import type { RestRemedies } from './rest-remedies.ts';
import type { WebSession, WebSessionSource } from './web-session.ts';

/** MWAA documents 12 hours: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-web.html */
export const SESSION_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** The part of a session's life that is left when it is replaced: an hour of twelve. */
const MARGIN = 1 / 12;

/** Where a release of Airflow has MWAA's login, and what the login returns. */
interface LoginForm {
  readonly path: string;
  readonly cookie: string;
  readonly createHeaders: (value: string) => WebSession['headers'];
}

const AIRFLOW_2: LoginForm = {
  path: '/aws_mwaa/login',
  cookie: 'session',
  createHeaders: (value) => ({ cookie: `session=${value}` }),
};

/** The cookie is a JWT. 3.0 accepts it only in this header. */
const AIRFLOW_3: LoginForm = {
  path: '/pluginsv2/aws_mwaa/login',
  cookie: '_token',
  createHeaders: (value) => ({ authorization: `Bearer ${value}` }),
};

export interface WebSessionSourceOptions {
  /** Requests a web login token. Each can be used once. */
  readonly requestToken: (signal: AbortSignal) => Promise<IssuedToken>;
  readonly exchange: Exchange;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  /** Overrides the web server host that MWAA returns. */
  readonly webServerHostname: string | undefined;
  /** Time limit of one login. */
  readonly loginTimeoutMs: number;
  readonly remedies: RestRemedies;
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
}

/**
 * Logs in with a new web login token. The session is in a cookie of the login's own answer. Its redirect is not followed: the page that
 * it leads to sets a cookie of the same name for somebody who is not logged in.
 *
 * Observed by users, not documented: paths, cookies, and the statuses of a login that succeeds.
 */
export function createWebSessionSource(options: WebSessionSourceOptions): WebSessionSource {
  const { exchange, airflow, remedies, now } = options;
  const form = airflow.startsWith('2.') ? AIRFLOW_2 : AIRFLOW_3;

  const requestToken = async (signal: AbortSignal): Promise<IssuedToken> => {
    const { token, hostname } = await options.requestToken(signal);
    return { token, hostname: options.webServerHostname ?? hostname };
  };

  const logIn = async ({ token, hostname }: IssuedToken, requestedAt: number, signal: AbortSignal) => {
    const encoded = encodeURIComponent(token);
    const request = {
      hostname,
      method: 'POST',
      path: form.path,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${encoded}`,
    };
    const response = await exchange(request, signal, performance.now() + options.loginTimeoutMs);
    const value = isLogin(response) ? findCookie(response.headers['set-cookie'], form.cookie) : undefined;
    if (value === undefined) {
      throw createFailedLoginProblem({ response, hostname, airflow, secrets: [token, encoded], ...form }, remedies);
    }
    const expiry = Math.min(requestedAt + SESSION_LIFETIME_MS, parseJwtExpiry(value) ?? Number.POSITIVE_INFINITY);
    return { hostname, headers: form.createHeaders(value), expiresAt: expiry - (expiry - requestedAt) * MARGIN };
  };

  return async (signal) => {
    let hostname = '';
    const attempt = async (): Promise<WebSession> => {
      const requestedAt = now();
      const issued = await requestToken(signal);
      hostname = issued.hostname;
      return logIn(issued, requestedAt, signal);
    };
    try {
      // The second time with a new token: the first one may have been used.
      return await withReconnect(attempt, true);
    } catch (error) {
      if (!(error instanceof NoResponseError)) throw error;
      throw createNoResponseProblem(LOGIN, hostname, error, 0, remedies);
    }
  };
}

/** A login changes nothing in Airflow. */
const LOGIN = { noun: 'login', readOnly: true } as const;

/** Airflow sets a cookie of this name with every page, also with one that says that there is no such page. */
const isLogin = ({ status }: WebServerResponse): boolean => status >= 200 && status < 400;
