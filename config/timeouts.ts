/**
 * The timeout ladder, in seconds, outermost first. Each step must end before the one around it, so that the relay
 * answers for a slow Airflow, Lambda for a stuck relay, and API Gateway never for either.
 *
 * The top is 290: the response is streamed, which lifts API Gateway's 29 s wall, but nothing is sent before the verdict
 * is known, so the idle limit of a Regional stream (5 minutes) is the wall instead.
 */
export const DEFAULT_TIMEOUTS = {
  /** API Gateway waits for the function. */
  integrationSeconds: 290,
  /** Lambda ends the function. */
  functionSeconds: 288,
  /** The relay gives up by itself and answers. */
  abortSeconds: 286,
  /** One HTTP post to the web server, to the last byte of its answer. */
  postSeconds: 280,
  /** Of it, name resolution, connecting and TLS. */
  connectSeconds: 5,
  /** One CLI token, all attempts: of each, a fifth to connect and half to answer. */
  tokenSeconds: 10,
  /** A command that MWAA is too busy to start is offered again for so long. */
  busySeconds: 20,
} as const;

/**
 * The same where answers are buffered: API Gateway's own wall of 29 s is then the top. It can be raised on request, which is why
 * `integrationSeconds` may be set higher all the same.
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

/** The step around each one. */
const ENCLOSING_STEP = {
  functionSeconds: 'integrationSeconds',
  abortSeconds: 'functionSeconds',
  postSeconds: 'abortSeconds',
  connectSeconds: 'postSeconds',
  tokenSeconds: 'abortSeconds',
  busySeconds: 'abortSeconds',
} as const satisfies Partial<Record<keyof Timeouts, keyof Timeouts>>;

/** The largest value of the outermost step. */
export const MAX_TIMEOUT_SECONDS = DEFAULT_TIMEOUTS.integrationSeconds;

export type Timeouts = Readonly<Record<keyof typeof DEFAULT_TIMEOUTS, number>>;

/** Every step that does not end before the one around it, with what to change. */
export function checkTimeoutLadder(timeOuts: Timeouts): { step: keyof Timeouts; message: string }[] {
  return (Object.entries(ENCLOSING_STEP) as [keyof Timeouts, keyof Timeouts][]).flatMap(([step, around]) => {
    if (timeOuts[step] < timeOuts[around]) return [];
    const message = `${timeOuts[step]} must be less than ${around}, which is ${timeOuts[around]}: each timeout ends before the one around it`;
    return [{ step, message }];
  });
}

/** How the function's answer travels through API Gateway. */
export type ResponseMode = 'stream' | 'buffered';

/** Every step of the ladder: what is given, and the default for the rest. */
export const resolveTimeouts = (
  responses: ResponseMode,
  given: { readonly [Step in keyof Timeouts]?: number | undefined },
): Timeouts => applyDefaults(responses === 'buffered' ? BUFFERED_TIMEOUTS : DEFAULT_TIMEOUTS, given);

/** The defaults, with what is given in their place. */
export function applyDefaults<Key extends string>(
  defaults: Readonly<Record<Key, number>>,
  given: { readonly [key in Key]?: number | undefined },
): Readonly<Record<Key, number>> {
  const names = Object.keys(defaults) as Key[];
  return Object.fromEntries(names.map((name) => [name, given[name] ?? defaults[name]])) as Record<Key, number>;
}
