import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import type { TriggerCall } from '../../airflow/rest/trigger-call.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';

/**
 * A repeat of a trigger within this time is the same run. After twice this time, it is a new one. Clients repeat within seconds:
 * airflowctl 0.1.5 gives up after 5 s, three times.
 */
export const REPEAT_MS = 30_000;

/** What identifies a call that starts a DAG run and has no run id. */
export interface CallIdentity {
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
  readonly environment: string;
  readonly trigger: TriggerCall;
  readonly request: Pick<RelayRestCall, 'idempotencyKey' | 'receivedAt'>;
}

export interface CallRunIds {
  readonly runId: string;
  /** The run id that an equal call had just before. */
  readonly previousRunId?: string;
}

/**
 * The run id of a call without one. It is made from the idempotency key, or else from everything that the call says about the run. A
 * logical date is part of that, and Airflow accepts one run for each. Without a date, two equal calls may mean two runs, so the time is
 * part of the id, too.
 */
export function createCallRunIds({ principal, environment, trigger, request }: CallIdentity): CallRunIds {
  const { dagId, logicalDate, content } = trigger;
  const { idempotencyKey, receivedAt } = request;
  const hash = (...parts: (string | number)[]): string =>
    createHash('sha256')
      .update(JSON.stringify([principal, environment, dagId, ...parts]))
      .digest('hex');
  if (idempotencyKey !== undefined) return { runId: `${RUN_ID_PREFIX}rest-key-${hash(idempotencyKey)}` };
  const createId = (...parts: number[]) => `${RUN_ID_PREFIX}rest-${hash(content, ...parts)}`;
  if (logicalDate !== undefined) return { runId: createId() };
  const period = Math.floor(receivedAt / REPEAT_MS);
  return { runId: createId(period), previousRunId: createId(period - 1) };
}
