import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete.ts';

/** What makes a trigger the same as an earlier one. */
export interface SameTrigger {
  /** `Caller.principal`: neither another session nor another token makes another trigger. */
  readonly principal: string;
  readonly environment: string;
  /** Of the header `Idempotency-Key`. */
  readonly key: string;
  /** The canonical line of what the caller asked for. */
  readonly line: string;
}

/** The run id of a trigger without a key: one a request. Never that of a key, whatever the request's id. */
export const runIdOfRequest = (lambdaRequestId: string): string => `${RUN_ID_PREFIX}request-${lambdaRequestId}`;

/**
 * The run id of a trigger with a key: the same for the same caller, environment, key and command, and for nobody else's.
 * 84 characters; Airflow keeps 250, and from 2.6.3 on takes letters, digits and `_.~:+-`.
 */
export function runIdOfKey({ principal, environment, key, line }: SameTrigger): string {
  const hash = createHash('sha256').update(JSON.stringify([principal, environment, key, line]));
  return `${RUN_ID_PREFIX}key-${hash.digest('hex')}`;
}
