import { readFileSync } from 'node:fs';
import { compile, type Policy } from '../../policy/policy.ts';
import type { EnvironmentFile } from '../environment-file.ts';
import { RELAY_ENVIRONMENT_FILE } from '../names.ts';

/** The environment a relay serves, with its grants read. */
export interface RelayEnvironment extends EnvironmentFile {
  readonly policy: Policy;
}

/** Reads the file that lies beside the running code. A sentence that does not fit this release grants nothing. */
export function loadRelayEnvironment(): RelayEnvironment {
  const file: EnvironmentFile = JSON.parse(
    readFileSync(new URL(`./${RELAY_ENVIRONMENT_FILE}`, import.meta.url), 'utf8'),
  );
  return { ...file, policy: compile(file.grants, file.catalogue).policy };
}
