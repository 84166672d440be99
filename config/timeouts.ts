/**
 * How long API Gateway waits for the front, in seconds. Streamed responses are exempt from API Gateway's limit of 29 seconds, but
 * the front sends nothing until the outcome is known, so the idle timeout of a Regional stream (5 minutes) applies.
 */
export const INTEGRATION_SECONDS: Readonly<Record<ResponseMode, number>> = { stream: 290, buffered: 29 };

/** The timeouts of the front, in seconds. Each is shorter than the one that encloses it. */
export interface FrontTimeouts {
  /** How long API Gateway waits for the front. */
  readonly integrationSeconds: number;
  /** How long Lambda lets the front run. */
  readonly functionSeconds: number;
  /** When the front returns a response at the latest. */
  readonly respondSeconds: number;
}

/** Derives the timeouts of the front from API Gateway's. */
export function resolveFrontTimeouts(responses: ResponseMode, configured?: number): FrontTimeouts {
  const integrationSeconds = configured ?? INTEGRATION_SECONDS[responses];
  const margin = integrationSeconds < 60 ? 1 : 2;
  return {
    integrationSeconds,
    functionSeconds: integrationSeconds - margin,
    respondSeconds: integrationSeconds - 2 * margin,
  };
}

/**
 * The default timeouts of an environment, in seconds. Each must be shorter than the timeout of the step that encloses it. Then the
 * relay reports a slow Airflow, and Lambda ends a relay that hangs. The wait for a slot and the relay must fit in the time of the
 * front together.
 */
export const DEFAULT_TIMEOUTS = {
  /** How long a request waits for a free slot, unless it names another time. */
  queueSeconds: 60,
  /** How long Lambda lets the relay run. */
  functionSeconds: 220,
  /** How long the relay waits before it returns a problem. */
  abortSeconds: 218,
  /** One POST to the web server, until the last byte of the response. */
  postSeconds: 210,
  /** Name resolution, TCP connection, and TLS handshake, as part of the POST. */
  connectSeconds: 5,
  /** All attempts to get one CLI token. Each attempt may use a fifth of it to connect, and half of it to get the response. */
  tokenSeconds: 10,
  /** How long the relay retries a command that MWAA is too busy to start. */
  busySeconds: 20,
} as const;

/** The default timeouts for buffered responses, to which API Gateway's limit of 29 seconds applies. */
export const BUFFERED_TIMEOUTS: Timeouts = {
  queueSeconds: 7,
  functionSeconds: 20,
  abortSeconds: 19,
  postSeconds: 17,
  connectSeconds: 4,
  tokenSeconds: 6,
  busySeconds: 5,
};

/** For each step, the step that encloses it. */
const ENCLOSING_STEP = {
  abortSeconds: 'functionSeconds',
  postSeconds: 'abortSeconds',
  connectSeconds: 'postSeconds',
  tokenSeconds: 'abortSeconds',
  busySeconds: 'abortSeconds',
} as const satisfies Partial<Record<keyof Timeouts, keyof Timeouts>>;

/** The maximum of every timeout. */
export const MAX_TIMEOUT_SECONDS = INTEGRATION_SECONDS.stream;

export type Timeouts = Readonly<Record<keyof typeof DEFAULT_TIMEOUTS, number>>;

/**
 * Returns the steps that do not fit in the time that they have, with a message that says what to change.
 *
 * @param respondSeconds see `FrontTimeouts`
 */
export function checkTimeoutLadder(
  timeouts: Timeouts,
  respondSeconds: number,
): { step: keyof Timeouts; message: string }[] {
  const issues = checkEnclosedSteps(timeouts);
  const { queueSeconds, functionSeconds } = timeouts;
  if (queueSeconds + functionSeconds <= respondSeconds) return issues;
  const message =
    `the wait for a slot (queueSeconds: ${queueSeconds}) and the relay (functionSeconds: ${functionSeconds}) must fit in ` +
    `${respondSeconds} seconds together. Lower one of them`;
  return [...issues, { step: 'functionSeconds', message }];
}

/** The longest time that a request may wait for a free slot, so that the relay still has all of its time. */
export const getMaxQueueSeconds = (timeouts: Timeouts, respondSeconds: number): number =>
  respondSeconds - timeouts.functionSeconds;

function checkEnclosedSteps(timeouts: Timeouts): { step: keyof Timeouts; message: string }[] {
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
