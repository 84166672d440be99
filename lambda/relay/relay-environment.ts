import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { compile, type Grant, type Policy } from '../../policy/policy.ts';
import { RELAY_ENVIRONMENT_FILE } from '../names.ts';

/** The file beside the code: the one environment this function serves. Written at synthesis by `lib/environment-file.ts`. */
export interface RelayEnvironmentFile {
  /** Name in the path of the API. */
  readonly name: string;
  /** Name in MWAA. */
  readonly mwaaName: string;
  /** Release, as in `2.10.3`. */
  readonly airflow: string;
  readonly catalogue: Catalogue;
  readonly grants: readonly Grant[];
  /** Where the web server answers, if not where MWAA says. Host name only. */
  readonly webServerHostname?: string;
  readonly timeouts: { readonly postSeconds: number; readonly abortSeconds: number };
}

export interface RelayEnvironment extends RelayEnvironmentFile {
  readonly policy: Policy;
}

/** Reads the file that lies beside the running code. A sentence that does not fit this release grants nothing. */
export function loadRelayEnvironment(): RelayEnvironment {
  const file: RelayEnvironmentFile = JSON.parse(
    readFileSync(new URL(`./${RELAY_ENVIRONMENT_FILE}`, import.meta.url), 'utf8'),
  );
  return { ...file, policy: compile(file.grants, file.catalogue).policy };
}
