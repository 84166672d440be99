/** One request that arrived at the stand-in. Tokens and signatures are never in it. */
export interface JournalEntry {
  /** Milliseconds since the epoch, by the stand-in's clock. */
  readonly at: number;
  /** `elsewhere`: at a host that is not MWAA's, which must never be. */
  readonly kind: 'token' | 'cli' | 'environments' | 'elsewhere';
  /** Empty where no one environment was asked for. */
  readonly environment: string;
  readonly path: string;
  /** What was answered; null while it is under way, and for ever where the stand-in was closed before. */
  status: number | null;
  /** The command's text as received, where there was one. */
  commandText?: string;
  /** How Airflow's process ended, where one ran; null where a signal ended it. */
  exitCode?: number | null;
  /** The fault that was put in the place of the request or of its answer. */
  faultName?: string;
  /** Why the stand-in itself could not answer, where it could not. */
  standInError?: string;
}

/** What arrived, in the order of arrival. Entries are added at once and completed when they are answered. */
export type Journal = JournalEntry[];
