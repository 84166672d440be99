import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';

/** What makes a trigger the same as an earlier one. */
export interface TriggerIdentity {
  /** `Caller.principal`: neither another session nor another token makes another trigger. */
  readonly principal: string;
  readonly environment: string;
  /** Of the header `Idempotency-Key`. */
  readonly idempotencyKey: string;
  /** The canonical line of what the caller asked for. */
  readonly commandLine: string;
}

/** The run id of a trigger without a key: one a request. Never that of a key, whatever the request's id. */
export const runIdFromRequest = (lambdaRequestId: string): string => `${RUN_ID_PREFIX}request-${lambdaRequestId}`;

/**
 * The run id of a trigger with a key: the same for the same caller, environment, key and command, and for nobody else's.
 * 84 characters; Airflow keeps 250, and from 2.6.3 on takes letters, digits and `_.~:+-`.
 */
export function runIdFromKey({ principal, environment, idempotencyKey, commandLine }: TriggerIdentity): string {
  const hash = createHash('sha256').update(JSON.stringify([principal, environment, idempotencyKey, commandLine]));
  return `${RUN_ID_PREFIX}key-${hash.digest('hex')}`;
}
