import type { Catalogue } from '../airflow/catalogue.ts';
import type { Grant } from '../policy/policy.ts';

/**
 * The file beside a relay's code: everything the function knows of its one environment, and of no other. `lib/` writes it
 * at synthesis, the function reads it at its start. A type and nothing else.
 */
export interface EnvironmentFile {
  /** Name in the path of the API. */
  readonly name: string;
  /** Name in MWAA. */
  readonly mwaaName: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalogue: Catalogue;
  /** The grants in force in this environment. */
  readonly grants: readonly Grant[];
  /** Where the web server answers, if not where MWAA says. Host name only. */
  readonly webServerHostname?: string;
  /** How long the web server may take, and when the relay gives up. */
  readonly timeouts: { readonly postSeconds: number; readonly abortSeconds: number };
}
