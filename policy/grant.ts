/** One grant for one environment: these callers may run these commands. */
export interface Grant {
  readonly who: readonly string[];
  readonly may: readonly string[];
  /** Line in the configuration file, starting at 1. */
  readonly line: number;
}
