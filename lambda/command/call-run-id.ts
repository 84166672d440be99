import { createHash } from 'node:crypto';
import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import type { TriggerCall } from '../../airflow/rest/trigger-call.ts';

/**
 * A repeat of a trigger that arrives within this time after Airflow has created the run is the same run. Later, it is a new one. Clients
 * repeat within seconds: airflowctl 0.1.5 gives up after 5 s, three times.
 */
export const REPEAT_MS = 30_000;

/**
 * How long a trigger at the start of a day waits, so that the runs of the day before are in Airflow's database. Airflow creates a run in
 * 30 to 50 ms (measured).
 */
export const SETTLE_MS = 10_000;

export const DAY_MS = 86_400_000;

/** What identifies a call that starts a DAG run and has no run id. */
export interface CallIdentity {
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
  readonly environment: string;
  readonly dagId: string;
  readonly trigger: Pick<TriggerCall, 'content'>;
}

type Parts = readonly (string | number)[];

const createHasher =
  ({ principal, environment, dagId }: CallIdentity) =>
  (...parts: Parts): string =>
    createHash('sha256')
      .update(JSON.stringify([principal, environment, dagId, ...parts]))
      .digest('hex');

const toRunId = (hash: string): string => `${RUN_ID_PREFIX}rest-${hash}`;

/** The run id of all calls with an idempotency key. */
export const createKeyedRunId = (identity: CallIdentity, idempotencyKey: string): string =>
  `${RUN_ID_PREFIX}rest-key-${createHasher(identity)(idempotencyKey)}`;

/** The run id of all equal calls with a logical date: Airflow accepts one run for each date. */
export const createDatedRunId = (identity: CallIdentity): string =>
  toRunId(createHasher(identity)(identity.trigger.content));

/**
 * The run ids of equal calls without a key and a date. They are numbered: 0 is the first run of a day. Equal calls that do not see a run
 * in Airflow's database have the same id, whenever they are sent, so that Airflow accepts one of them. Only a new day changes the id. A day
 * has 24 hours and begins at another moment for each caller and DAG, so that it is not midnight, when much is triggered.
 */
export interface RunSeries {
  getDay(time: number): number;
  /** When a day begins, in milliseconds since the epoch. */
  getStart(day: number): number;
  createRunId(day: number, number: number): string;
}

export function createRunSeries(identity: CallIdentity): RunSeries {
  const hash = createHasher(identity);
  const { content } = identity.trigger;
  const offset = Number.parseInt(hash('day').slice(0, 8), 16) % DAY_MS;
  return {
    getDay: (time) => Math.floor((time - offset) / DAY_MS),
    getStart: (day) => day * DAY_MS + offset,
    createRunId: (day, number) => toRunId(hash(content, day, number)),
  };
}
