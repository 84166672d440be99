import type { Grant } from '../policy/policy.ts';

/**
 * The file beside the directory's code: the environments of its API and the grants in force in each. `lib/` writes it at
 * synthesis, the function reads it at its start. A type and nothing else.
 */
export interface FrontFile {
  readonly environments: Readonly<Record<string, FrontFileEnvironment>>;
}

/** One environment that is on. */
export interface FrontFileEnvironment {
  /** Release, as in `2.10.3`. Its catalog is `catalogs/RELEASE.json`. */
  readonly airflow: string;
  readonly grants: readonly Grant[];
}
