const MEBIBYTE = 1024 * 1024;

/** How much of Airflow's output passes, in bytes. */
export const LIMITS = {
  /**
   * Largest answer of the web server that is read: both streams as base64. Of a larger one nothing is known, for the
   * streams end with what the verdict is read from. It is in the function's memory several times over.
   */
  answerBytes: 16 * MEBIBYTE,
  /** So much of each stream, and of the JSON found in it, is passed on. The verdict is read from the whole. */
  outputBytes: 4 * MEBIBYTE,
} as const;
