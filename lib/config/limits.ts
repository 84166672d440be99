import { type Responses, withDefaults } from './time-outs.ts';

const MEBIBYTE = 1024 * 1024;

/** How much of Airflow's output passes, in bytes. */
export const LIMITS = {
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
export const BUFFERED_LIMITS: Readonly<Record<keyof typeof LIMITS, number>> = {
  answerBytes: LIMITS.answerBytes,
  outputBytes: MEBIBYTE,
};

/** Largest `outputBytes` whose answer still fits Lambda's 6 MB: three texts, each escaped to no more than twice its size on average. */
export const LARGEST_BUFFERED_OUTPUT = MEBIBYTE;

/**
 * Memory of a relay function, in MiB: an answer is in it several times over while it is read. Measured with `dags list` of
 * that size, three times in a row: 179 MB for 8 MiB, 261 for 16, 442 for 32.
 */
export const memoryFor = (answerBytes: number): number => Math.max(256, Math.ceil(160 + (12 * answerBytes) / MEBIBYTE));

/** Both limits: what is given, and the default for the rest. */
export const limitsFor = (
  responses: Responses,
  given: { readonly [Limit in keyof typeof LIMITS]?: number | undefined },
): Readonly<Record<keyof typeof LIMITS, number>> =>
  withDefaults(responses === 'buffered' ? BUFFERED_LIMITS : LIMITS, given);
