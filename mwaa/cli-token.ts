/** A CLI token and the host that accepts it. The token allows everything on the environment: never log it, never return it to a caller. */
export interface CliToken {
  readonly token: string;
  /** Host name only, without scheme. */
  readonly hostname: string;
  /** When the token was requested, in milliseconds of the cache's clock. */
  readonly requestedAt?: number;
}

/** Requests a token from MWAA. Tests replace it, so that they do not need the AWS SDK. */
export type CliTokenSource = (signal: AbortSignal) => Promise<CliToken>;
