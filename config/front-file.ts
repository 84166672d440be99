import type { Grant } from '../policy/grant.ts';

/**
 * The data file of the front function: the environments of the API and the active grants of each. `lib/` writes it at synthesis.
 * The function reads it when it starts.
 */
export interface FrontFile {
  /** Whether the API accepts tokens. Removed methods of an API are still served until its next deployment. */
  readonly acceptsTokens: boolean;
  /** When the front returns a response at the latest, in seconds after the request arrived. */
  readonly respondSeconds: number;
  /** The active grants, each once: a grant may apply to many environments. */
  readonly grants: readonly Grant[];
  readonly environments: Readonly<Record<string, FrontFileEnvironment>>;
}

/** One enabled environment. */
export interface FrontFileEnvironment {
  /** The release, such as `2.10.3`. Its catalog is `catalogs/RELEASE.json`. */
  readonly airflow: string;
  /** Positions of its grants in `FrontFile.grants`. */
  readonly grants: readonly number[];
  /** Name of the relay function. */
  readonly relay: string;
  /** Reserved concurrency of the relay: how many commands may run at the same time. */
  readonly slots: number | 'unreserved';
  /** How long a request waits for a free slot by default, in seconds. */
  readonly queueSeconds: number;
  /** The REST relay. Absent: the environment does not offer the REST API. */
  readonly rest?: FrontFileRest;
  /** The longest wait that a request may ask for, in seconds. */
  readonly maxQueueSeconds: number;
}

/** The REST relay of an environment. The operations of its release are `operations/RELEASE.json`. */
export interface FrontFileRest {
  /** Name of the function. */
  readonly relay: string;
  /** Reserved concurrency: how many requests may run at the same time. */
  readonly slots: number | 'unreserved';
  /** Whether runs get a note that names their caller. */
  readonly notes: boolean;
}
