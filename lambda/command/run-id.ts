import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';

/** The values that identify a trigger. Triggers with the same values create one run. */
export interface TriggerIdentity {
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
  readonly environment: string;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey: string;
  /** The canonical command line of the request. */
  readonly commandLine: string;
}

/** The run id of a trigger without a key: one per request. It never equals the run id of a trigger with a key. */
export const runIdFromRequest = (uniqueId: string): string => `${RUN_ID_PREFIX}request-${uniqueId}`;

/**
 * The run id of a trigger with a key: the same for the same caller, environment, key and command, and different for everything else.
 * It has 84 characters. Airflow stores 250, and accepts letters, digits and `_.~:+-` from 2.6.3 on.
 */
export function runIdFromKey({ principal, environment, idempotencyKey, commandLine }: TriggerIdentity): string {
  const hash = createHash('sha256').update(JSON.stringify([principal, environment, idempotencyKey, commandLine]));
  return `${RUN_ID_PREFIX}key-${hash.digest('hex')}`;
}
