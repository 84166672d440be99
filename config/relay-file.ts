import type { Catalog } from '../airflow/catalog.ts';
import type { Grant } from '../policy/policy.ts';

/**
 * The file beside a relay's code: everything the function knows of its one environment, and of no other. `lib/` writes it
 * at synthesis, the function reads it at its start. A type and nothing else.
 */
export interface RelayFile {
  /** Name in the path of the API. */
  readonly name: string;
  /** Name in MWAA. */
  readonly mwaaName: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalog: Catalog;
  /** The grants in force in this environment. */
  readonly grants: readonly Grant[];
  /** Where the web server answers, if not where MWAA says. Host name only. */
  readonly webServerHostname?: string;
  /** Domains of the host that MWAA may name with the token, beside MWAA's own. */
  readonly webServerDomains: readonly string[];
  /** In seconds. What each bounds stands in `config/timeouts.ts`, from which they come. */
  readonly timeouts: {
    readonly abortSeconds: number;
    readonly postSeconds: number;
    readonly connectSeconds: number;
    readonly tokenSeconds: number;
    readonly busySeconds: number;
  };
  /** In bytes. What each bounds stands in `config/limits.ts`, from which they come. */
  readonly limits: {
    readonly answerBytes: number;
    readonly outputBytes: number;
  };
}
