/** A CLI token and the host it is for. The token may do anything on the environment: it is never logged or answered. */
export interface CliToken {
  readonly token: string;
  /** Host name only, without scheme. */
  readonly hostname: string;
}

/** Asks MWAA for a token. The seam towards the AWS SDK. */
export type CreateCliToken = (signal: AbortSignal) => Promise<CliToken>;

/** MWAA documents a life of 60 seconds: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html */
const LIFE_MS = 60_000;
/** So much life a token has left when it is used: the request still has to travel and be checked. */
const MARGIN_MS = 15_000;

export interface TokenCache {
  /** A token with enough life left. Concurrent callers share one request. */
  get(signal: AbortSignal): Promise<CliToken>;
  /** Forgets a token that the web server refused. A newer one stays. */
  forget(refused: CliToken): void;
}

/**
 * Keeps one token for most of its life, counted from before it was asked for.
 *
 * @param now milliseconds, monotonic or not: only differences below a minute are taken
 */
export function tokenCache(create: CreateCliToken, now: () => number): TokenCache {
  let cached: { promise: Promise<CliToken>; askedAt: number; token?: CliToken } | undefined;
  return {
    get(signal) {
      if (cached === undefined || now() - cached.askedAt >= LIFE_MS - MARGIN_MS) {
        const entry: NonNullable<typeof cached> = { promise: create(signal), askedAt: now() };
        entry.promise.then(
          (token) => {
            entry.token = token;
          },
          () => {
            if (cached === entry) cached = undefined;
          },
        );
        cached = entry;
      }
      return cached.promise;
    },
    forget(refused) {
      if (cached?.token === refused) cached = undefined;
    },
  };
}
