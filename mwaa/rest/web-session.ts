import type { CredentialCache } from '../credential-cache.ts';
import type { IssuedToken } from '../token/create-token-source.ts';

/** A session on Airflow's web server. It allows what its Airflow role allows: never log it, never return it to a caller. */
export interface WebSession {
  /** Host name only, without scheme. */
  readonly hostname: string;
  /** The header that carries the session in each call. */
  readonly headers: { readonly cookie: string } | { readonly authorization: string };
  /** From when on the session is not used, in milliseconds: some time before Airflow rejects it. */
  readonly expiresAt: number;
}

/** Logs in to the web server. */
export type WebSessionSource = (signal: AbortSignal) => Promise<WebSession>;

/** The steps of a login. */
export interface LoginSteps {
  /** Requests a token from MWAA, and the host that accepts it. */
  requestToken(signal: AbortSignal): Promise<IssuedToken>;
  /** Logs in with a token. */
  logIn(issued: IssuedToken, signal: AbortSignal): Promise<WebSession>;
}

/** A session, and when it was requested, in milliseconds of the cache's clock. */
export type CachedWebSession = WebSession & { readonly requestedAt?: number };

export type WebSessionCache = CredentialCache<CachedWebSession>;

/** The secret in the header of a session. */
export const getSessionSecret = ({ headers }: WebSession): string =>
  'cookie' in headers ? headers.cookie.slice('session='.length) : headers.authorization.slice('Bearer '.length);
