import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import type { TriggerCall } from '../../airflow/rest/trigger-call.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';

/**
 * A repeat of a trigger within this time is the same run. After twice this time, it is a new one. Clients repeat within seconds:
 * airflowctl 0.1.5 gives up after 5 s, three times.
 */
export const REPEAT_MS = 30_000;

/**
 * How long a trigger waits at the start of a period, so that the runs of the period before are in Airflow's database. Airflow creates a
 * run in 30 to 50 ms (measured).
 */
const SETTLE_MS = 1000;

/** How long a trigger without a key and a date has to wait before it looks for an earlier one. */
export const getSettleMs = (now: number): number => Math.max(0, SETTLE_MS - (now % REPEAT_MS));

/** What identifies a call that starts a DAG run and has no run id. */
export interface CallIdentity {
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
  readonly environment: string;
  readonly trigger: TriggerCall;
  readonly request: Pick<RelayRestCall, 'idempotencyKey' | 'receivedAt'>;
  /** When the call is sent to Airflow: milliseconds since the epoch. */
  readonly now: number;
}

export interface CallRunIds {
  readonly runId: string;
  /** The run ids that an equal call can have had just before, or since this one was received. Empty: there is only one. */
  readonly earlierRunIds: readonly string[];
}

/**
 * The run id of a call without one. It is made from the idempotency key, or else from everything that the call says about the run. A
 * logical date is part of that, and Airflow accepts one run for each. Without a date, two equal calls may mean two runs, so the time is
 * part of the id, too: the time when it is sent, so that equal calls that were held up together have the same id.
 */
export function createCallRunIds({ principal, environment, trigger, request, now }: CallIdentity): CallRunIds {
  const { dagId, logicalDate, content } = trigger;
  const { idempotencyKey, receivedAt } = request;
  const hash = (...parts: (string | number)[]): string =>
    createHash('sha256')
      .update(JSON.stringify([principal, environment, dagId, ...parts]))
      .digest('hex');
  if (idempotencyKey !== undefined) {
    return { runId: `${RUN_ID_PREFIX}rest-key-${hash(idempotencyKey)}`, earlierRunIds: [] };
  }
  const createId = (...parts: number[]) => `${RUN_ID_PREFIX}rest-${hash(content, ...parts)}`;
  if (logicalDate !== undefined) return { runId: createId(), earlierRunIds: [] };
  const period = Math.floor(now / REPEAT_MS);
  const first = Math.min(Math.floor(receivedAt / REPEAT_MS), period) - 1;
  const earlier = Array.from({ length: period - first }, (_, index) => createId(first + index));
  return { runId: createId(period), earlierRunIds: earlier.reverse() };
}
