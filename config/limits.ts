import { applyDefaults, type ResponseMode } from './timeouts.ts';

const MEBIBYTE = 1024 * 1024;

/** The default limits for the output of Airflow, in bytes. */
export const DEFAULT_LIMITS = {
  /**
   * The largest response of the web server that the relay reads. It contains both streams as base64. The outcome of a command with
   * a larger response is unknown, because the relay reads the outcome from the end of the streams.
   */
  answerBytes: 8 * MEBIBYTE,
  /** How much of each stream, and of the JSON in it, the relay returns. It reads the outcome from the whole stream. */
  outputBytes: 4 * MEBIBYTE,
} as const;

/**
 * The default limits for buffered responses. Lambda limits them to 6 MB, which includes both streams and the JSON in them, escaped.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const BUFFERED_LIMITS: Readonly<Record<keyof typeof DEFAULT_LIMITS, number>> = {
  answerBytes: DEFAULT_LIMITS.answerBytes,
  outputBytes: MEBIBYTE,
};

/** The largest `outputBytes` for which a response fits in 6 MB, assuming that escaping at most doubles its three texts. */
export const MAX_BUFFERED_OUTPUT_BYTES = MEBIBYTE;

/**
 * Returns the memory that a relay needs, in MiB. While it reads a response, it holds several copies of it. Measured with three
 * runs of `dags list` per size: 179 MB for a response of 8 MiB, 261 MB for 16 MiB, 442 MB for 32 MiB.
 */
export const calculateRelayMemory = (answerBytes: number): number =>
  Math.max(256, Math.ceil(160 + (12 * answerBytes) / MEBIBYTE));

/** Returns both limits, with the defaults for those that are not configured. */
export const resolveLimits = (
  responses: ResponseMode,
  configured: { readonly [Limit in keyof typeof DEFAULT_LIMITS]?: number | undefined },
): Readonly<Record<keyof typeof DEFAULT_LIMITS, number>> =>
  applyDefaults(responses === 'buffered' ? BUFFERED_LIMITS : DEFAULT_LIMITS, configured);
