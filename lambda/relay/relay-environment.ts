import { readFileSync } from 'node:fs';
import type { RelayFile } from '../../config/relay-file.ts';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { EnvironmentConnection } from '../../mwaa/cli/execute-command.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { AuditRecord } from './audit-log.ts';

/** The environment a relay serves, with its grants read. */
export interface RelayEnvironment extends RelayFile {
  readonly policy: Policy;
}

/** What it takes to relay one command. */
export interface RelayContext extends EnvironmentConnection {
  readonly environment: RelayEnvironment;
  /** Filled in as it goes, so that a request that stops half-way leaves what was known by then. */
  readonly audit: AuditRecord;
}

/** Reads the file that lies beside the running code. A sentence that does not fit this release grants nothing. */
export function loadRelayEnvironment(): RelayEnvironment {
  const file: RelayFile = JSON.parse(readFileSync(new URL(`./${RELAY_FUNCTION.dataFile}`, import.meta.url), 'utf8'));
  return { ...file, policy: compilePolicy(file.grants, file.catalog).policy };
}
