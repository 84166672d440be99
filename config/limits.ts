import { applyDefaults, type ResponseMode } from './timeouts.ts';

const MEBIBYTE = 1024 * 1024;

/** How much of Airflow's output passes, in bytes. */
export const DEFAULT_LIMITS = {
  /**
   * Largest answer of the web server that is read: both streams as base64. Of a larger one nothing is known, for the
   * streams end with what the verdict is read from.
   */
  answerBytes: 8 * MEBIBYTE,
  /** So much of each stream, and of the JSON found in it, is passed on. The verdict is read from the whole. */
  outputBytes: 4 * MEBIBYTE,
} as const;

/**
 * The same where answers are buffered: Lambda passes on 6 MB, in which both streams and the JSON found in them stand, escaped.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const BUFFERED_LIMITS: Readonly<Record<keyof typeof DEFAULT_LIMITS, number>> = {
  answerBytes: DEFAULT_LIMITS.answerBytes,
  outputBytes: MEBIBYTE,
};

/** Largest `outputBytes` whose answer still fits Lambda's 6 MB: three texts, each escaped to no more than twice its size on average. */
export const MAX_BUFFERED_OUTPUT_BYTES = MEBIBYTE;

/**
 * Memory of a relay function, in MiB: an answer is in it several times over while it is read. Measured with `dags list` of
 * that size, three times in a row: 179 MB for 8 MiB, 261 for 16, 442 for 32.
 */
export const calculateRelayMemory = (answerBytes: number): number =>
  Math.max(256, Math.ceil(160 + (12 * answerBytes) / MEBIBYTE));

/** Both limits: what is given, and the default for the rest. */
export const resolveLimits = (
  responses: ResponseMode,
  given: { readonly [Limit in keyof typeof DEFAULT_LIMITS]?: number | undefined },
): Readonly<Record<keyof typeof DEFAULT_LIMITS, number>> =>
  applyDefaults(responses === 'buffered' ? BUFFERED_LIMITS : DEFAULT_LIMITS, given);
