import type { Grant } from '../policy/policy.ts';

/**
 * The data file of the front function: the environments of the API and the active grants of each. `lib/` writes it at synthesis.
 * The function reads it when it starts.
 */
export interface FrontFile {
  readonly environments: Readonly<Record<string, FrontFileEnvironment>>;
}

/** One enabled environment. */
export interface FrontFileEnvironment {
  /** The release, such as `2.10.3`. Its catalog is `catalogs/RELEASE.json`. */
  readonly airflow: string;
  readonly grants: readonly Grant[];
}
