import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';

/** The values that identify a trigger with a key. */
export interface TriggerIdentity {
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
  readonly environment: string;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey: string;
  /** What the release cannot show of an existing run: `listHiddenContent`. */
  readonly hiddenContent: readonly string[];
}

/** The run id of a trigger without a key: one per request. It never equals the run id of a trigger with a key. */
export const runIdFromRequest = (uniqueId: string): string => `${RUN_ID_PREFIX}request-${uniqueId}`;

/**
 * The run id of a trigger with a key. It does not contain what the release can show of a run: a trigger with the same key and other
 * content gets the same id, so that Airflow's database rejects it, even if both arrive at the same time.
 *
 * It has 84 characters. Airflow stores 250, and accepts letters, digits and `_.~:+-` from 2.6.3 on.
 */
export function runIdFromKey({ principal, environment, idempotencyKey, hiddenContent }: TriggerIdentity): string {
  const hash = createHash('sha256').update(JSON.stringify([principal, environment, idempotencyKey, ...hiddenContent]));
  return `${RUN_ID_PREFIX}key-${hash.digest('hex')}`;
}
