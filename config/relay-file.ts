import type { Catalog } from '../airflow/catalog.ts';
import type { Grant } from '../policy/grant.ts';

/**
 * The data file of a relay: the configuration of its environment, and of no other. `lib/` writes it at synthesis. The function
 * reads it when it starts.
 */
export interface RelayFile {
  /** The name in the configuration and in the paths of the API. */
  readonly name: string;
  /** The name in MWAA. */
  readonly mwaaName: string;
  /** The release, such as `2.10.3`. */
  readonly airflow: string;
  readonly catalog: Catalog;
  /** The active grants of this environment. */
  readonly grants: readonly Grant[];
  /** Overrides the host name that MWAA returns with the token. */
  readonly webServerHostname?: string;
  /** The allowed domains of the host that MWAA returns with the token, besides those of MWAA. */
  readonly webServerDomains: readonly string[];
  /** In seconds. See `config/timeouts.ts`. */
  readonly timeouts: {
    readonly abortSeconds: number;
    readonly postSeconds: number;
    readonly connectSeconds: number;
    readonly tokenSeconds: number;
    readonly busySeconds: number;
  };
  /** In bytes. See `config/limits.ts`. */
  readonly limits: {
    readonly answerBytes: number;
    readonly outputBytes: number;
  };
}
