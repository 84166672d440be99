/** Exit codes of waiting, in addition to those of the `airflow` command. */
export const WAIT_EXIT_CODES = {
  /** `EX_NOINPUT` of `sysexits.h`. */
  noRun: 66,
  /** As for `timeout(1)`. */
  timedOut: 124,
} as const;
