import { readFileSync } from 'node:fs';
import { compile, type Policy } from '../../policy/policy.ts';
import type { EnvironmentFile } from '../environment-file.ts';
import type { Way } from '../mwaa/carry-out.ts';
import { RELAY } from '../names.ts';
import type { AuditRecord } from './audit.ts';

/** The environment a relay serves, with its grants read. */
export interface RelayEnvironment extends EnvironmentFile {
  readonly policy: Policy;
}

/** What it takes to relay one command. */
export interface Relay extends Way {
  readonly environment: RelayEnvironment;
  /** Filled in as it goes, so that a request that stops half-way leaves what was known by then. */
  readonly audit: AuditRecord;
}

/** Reads the file that lies beside the running code. A sentence that does not fit this release grants nothing. */
export function loadRelayEnvironment(): RelayEnvironment {
  const file: EnvironmentFile = JSON.parse(readFileSync(new URL(`./${RELAY.data}`, import.meta.url), 'utf8'));
  return { ...file, policy: compile(file.grants, file.catalogue).policy };
}
