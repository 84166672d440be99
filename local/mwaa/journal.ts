/** A request that has arrived at the stand-in. It contains no token and no signature. */
export interface JournalEntry {
  /** Milliseconds since the epoch, by the stand-in's clock. */
  readonly at: number;
  /** The API. `foreign-host`: a request to a host that does not belong to MWAA, which must never happen. */
  readonly kind: 'token' | 'cli' | 'web-token' | 'login' | 'rest' | 'environments' | 'foreign-host';
  /** Empty if the request names no environment. */
  readonly environment: string;
  readonly path: string;
  /** Method of a call of the REST API. */
  readonly method?: string;
  /** Status of the response. null until it is sent. */
  status: number | null;
  /** The received command, if the request contains one. */
  commandText?: string;
  /** Exit code of the Airflow process, if one ran. null if a signal ended it. */
  exitCode?: number | null;
  /** The fault that replaced the request's processing or its response. */
  faultName?: string;
  /** An error of the stand-in itself. */
  standInError?: string;
}

/** The requests in the order of arrival. An entry is added immediately and completed when the response is sent. */
export type Journal = JournalEntry[];
