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
 * Memory of a relay function, in MiB: an answer is in it several times over while it is read. Measured with `dags list` of
 * that size, three times in a row: 179 MB for 8 MiB, 261 for 16, 442 for 32.
 */
export const memoryFor = (answerBytes: number): number => Math.max(256, Math.ceil(160 + (12 * answerBytes) / MEBIBYTE));
