/**
 * The default timeouts in seconds. Each must be shorter than the timeout of the step that encloses it. Then the relay reports a
 * slow Airflow, Lambda ends a relay that hangs, and API Gateway never times out.
 *
 * The longest is 290 seconds. Streamed responses are exempt from API Gateway's limit of 29 seconds, but the relay sends nothing
 * until the outcome is known, so the idle timeout of a Regional stream (5 minutes) applies.
 */
export const DEFAULT_TIMEOUTS = {
  /** How long API Gateway waits for the function. */
  integrationSeconds: 290,
  /** How long Lambda lets the function run. */
  functionSeconds: 288,
  /** How long the relay waits before it returns a problem. */
  abortSeconds: 286,
  /** One POST to the web server, until the last byte of the response. */
  postSeconds: 280,
  /** Name resolution, TCP connection, and TLS handshake, as part of the POST. */
  connectSeconds: 5,
  /** All attempts to get one CLI token. Each attempt may use a fifth of it to connect, and half of it to get the response. */
  tokenSeconds: 10,
  /** How long the relay retries a command that MWAA is too busy to start. */
  busySeconds: 20,
} as const;

/**
 * The default timeouts for buffered responses, to which API Gateway's limit of 29 seconds applies. `integrationSeconds` may be set
 * higher, because AWS raises the limit on request.
 */
export const BUFFERED_TIMEOUTS: Timeouts = {
  integrationSeconds: 29,
  functionSeconds: 28,
  abortSeconds: 27,
  postSeconds: 25,
  connectSeconds: 5,
  tokenSeconds: 8,
  busySeconds: 10,
};

/** For each step, the step that encloses it. */
const ENCLOSING_STEP = {
  functionSeconds: 'integrationSeconds',
  abortSeconds: 'functionSeconds',
  postSeconds: 'abortSeconds',
  connectSeconds: 'postSeconds',
  tokenSeconds: 'abortSeconds',
  busySeconds: 'abortSeconds',
} as const satisfies Partial<Record<keyof Timeouts, keyof Timeouts>>;

/** The maximum of every timeout. */
export const MAX_TIMEOUT_SECONDS = DEFAULT_TIMEOUTS.integrationSeconds;

export type Timeouts = Readonly<Record<keyof typeof DEFAULT_TIMEOUTS, number>>;

/** Returns the steps that are not shorter than the step that encloses them, with a message that says what to change. */
export function checkTimeoutLadder(timeouts: Timeouts): { step: keyof Timeouts; message: string }[] {
  return (Object.entries(ENCLOSING_STEP) as [keyof Timeouts, keyof Timeouts][]).flatMap(([step, enclosing]) => {
    if (timeouts[step] < timeouts[enclosing]) return [];
    const message =
      `${timeouts[step]} is not less than ${enclosing} (${timeouts[enclosing]}), but the inner timeout must expire first. ` +
      `Lower ${step}, or raise ${enclosing}`;
    return [{ step, message }];
  });
}

/** How API Gateway returns the response of a function. */
export type ResponseMode = 'stream' | 'buffered';

/** Returns all timeouts, with the defaults for those that are not configured. */
export const resolveTimeouts = (
  responses: ResponseMode,
  configured: { readonly [Step in keyof Timeouts]?: number | undefined },
): Timeouts => applyDefaults(responses === 'buffered' ? BUFFERED_TIMEOUTS : DEFAULT_TIMEOUTS, configured);

/** Returns the defaults, overridden by the configured values. */
export function applyDefaults<Key extends string>(
  defaults: Readonly<Record<Key, number>>,
  configured: { readonly [key in Key]?: number | undefined },
): Readonly<Record<Key, number>> {
  const keys = Object.keys(defaults) as Key[];
  return Object.fromEntries(keys.map((key) => [key, configured[key] ?? defaults[key]])) as Record<Key, number>;
}
