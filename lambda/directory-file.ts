import type { Grant } from '../policy/policy.ts';

/**
 * The file beside the directory's code: the environments of its API and the grants in force in each. `lib/` writes it at
 * synthesis, the function reads it at its start. A type and nothing else.
 */
export interface DirectoryFile {
  readonly environments: Readonly<Record<string, DirectoryEnvironment>>;
}

/** One environment that is on. */
export interface DirectoryEnvironment {
  /** Release, as in `2.10.3`. Its catalogue is `catalogues/RELEASE.json`. */
  readonly airflow: string;
  readonly grants: readonly Grant[];
}
