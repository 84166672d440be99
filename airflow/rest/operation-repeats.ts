import { isReleaseAtLeast } from '../compare-releases.ts';
import { isReadOnlyOperation } from './operation-facts.ts';

/**
 * What a repeat of a request does, such as one that a client sends because it has seen no answer.
 *
 * - `nothing`: Airflow is as it was after the first one. It may refuse the repeat, with 404 or 409.
 * - `recognized`: nothing. The proxy answers with the run that the first one has started.
 * - `again`: it takes effect again.
 */
export type RepeatEffect = 'nothing' | 'recognized' | 'again';

export interface OperationRepeat {
  readonly effect: RepeatEffect;
  /** Before this release, the effect is `again`. */
  readonly from?: string;
  /** A sentence: what happens again, or when. */
  readonly detail?: string;
}

const NOTHING: OperationRepeat = { effect: 'nothing' };
const again = (detail: string): OperationRepeat => ({ effect: 'again', detail });
const CLEARS = again('It also clears what has run since. A dry run changes nothing.');
const DELETES_NEW = again('It also deletes what was added since.');
const CREATES_EVENT = again('There is a second event, and the DAGs that have started for the first one start again.');

/**
 * Every POST that changes something, and every other operation that does not fit `DEFAULT`. Read in the sources of 2.10.3, 3.0.6 and
 * 3.3.1. A test fails for a POST that is missing here, and for a row that no release has.
 */
export const OPERATION_REPEATS: Readonly<Record<string, OperationRepeat>> = {
  'POST /assets/events': CREATES_EVENT,
  'POST /assets/{asset_id}/materialize': {
    effect: 'recognized',
    from: '3.2',
    detail: 'Before Airflow 3.2, there is a second run, because a request cannot name its run.',
  },
  'DELETE /assets/{asset_id}/queuedEvents': DELETES_NEW,
  'DELETE /assets/{asset_id}/state-store': DELETES_NEW,
  'POST /backfills': again(
    'Airflow refuses it with 409 until the first backfill has ended. Then "reprocess_behavior" says which dates run again.',
  ),
  'POST /connections': NOTHING,
  'POST /connections/defaults': NOTHING,
  'POST /connections/enqueue-test': again('Airflow refuses it with 409 until the first test has ended.'),
  'POST /connections/test': again('The web server tests again.'),
  'PATCH /dags': again('If "paused" selects the DAGs, and there are more than "limit", it changes the next ones.'),
  'DELETE /dags/{dag_id}': again('If Airflow has read the file of the DAG since, it deletes the DAG again.'),
  'DELETE /dags/{dag_id}/assets/queuedEvents': DELETES_NEW,
  'DELETE /dags/{dag_id}/assets/{asset_id}/queuedEvents': DELETES_NEW,
  'POST /dags/{dag_id}/clearDagRuns': CLEARS,
  'POST /dags/{dag_id}/clearPartitions': CLEARS,
  'POST /dags/{dag_id}/clearTaskInstances': CLEARS,
  'POST /dags/{dag_id}/dagRuns': { effect: 'recognized' },
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/clear': CLEARS,
  'DELETE /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store': DELETES_NEW,
  'POST /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries': NOTHING,
  'DELETE /dags/{dag_id}/datasets/queuedEvent': DELETES_NEW,
  'DELETE /dags/{dag_id}/datasets/queuedEvent/{uri}': DELETES_NEW,
  'POST /dags/{dag_id}/favorite': NOTHING,
  'POST /dags/{dag_id}/unfavorite': NOTHING,
  'POST /dags/{dag_id}/updateTaskInstancesState': NOTHING,
  'POST /datasets/events': CREATES_EVENT,
  'DELETE /datasets/queuedEvent/{uri}': DELETES_NEW,
  'POST /pools': NOTHING,
  'POST /roles': NOTHING,
  'POST /users': NOTHING,
  'POST /variables': NOTHING,
};

/** PATCH and PUT set what they name, and DELETE finds nothing any more. */
const DEFAULT = NOTHING;

/** What a repeat does, or undefined for an operation that changes nothing. */
export function findRepeat(operation: { readonly method: string; readonly path: string }): OperationRepeat | undefined {
  const name = `${operation.method} ${operation.path}`;
  if (isReadOnlyOperation(operation)) return undefined;
  return Object.hasOwn(OPERATION_REPEATS, name) ? OPERATION_REPEATS[name] : DEFAULT;
}

/** Whether a repeat has no second effect in a release. */
export function isHarmlessRepeat(
  operation: { readonly method: string; readonly path: string },
  airflow: string,
): boolean {
  const { effect, from } = findRepeat(operation) ?? NOTHING;
  return effect !== 'again' && (from === undefined || isReleaseAtLeast(airflow, from));
}
