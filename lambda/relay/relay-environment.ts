import type { RelayFile } from '../../config/relay-file.ts';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { EnvironmentConnection } from '../../mwaa/cli/environment-connection.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import type { RelayRecord } from './relay-log.ts';

/** The environment that a relay serves, with its compiled grants. */
export interface RelayEnvironment extends RelayFile {
  readonly policy: Policy;
}

/** What is needed to relay one command. */
export interface RelayContext extends EnvironmentConnection {
  readonly environment: RelayEnvironment;
  /** Filled in step by step. If a request fails, it contains the results of the steps before the failure. */
  readonly record: RelayRecord;
}

/** Reads the file next to the running code. A rule that is not valid for this release grants nothing. */
export function loadRelayEnvironment(): RelayEnvironment {
  const file: RelayFile = readDeployedJson(RELAY_FUNCTION.dataFile);
  return { ...file, policy: compilePolicy(file.grants, file.catalog).policy };
}
