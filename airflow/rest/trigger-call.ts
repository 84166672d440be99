import { canonicalizeJson } from '../canonical-json.ts';
import { RUN_ID_PREFIX } from '../complete-invocation.ts';
import { isJsonObject } from '../parse-json.ts';
import { Refusal } from '../refusal.ts';
import type { OperationCall } from './parse-call.ts';

/** A call that starts a DAG run, and what identifies the run. */
export interface TriggerCall {
  readonly dagId: string;
  /** The caller's. Absent: the proxy makes one. */
  readonly runId?: string;
  /** Whether the body has a logical date. Airflow accepts one run for each. */
  readonly hasDate: boolean;
  /** Everything that the body says about the run, in one spelling. The note is left out: a repeat may have another. */
  readonly content: string;
}

/**
 * Reads a call that starts a DAG run.
 *
 * @returns undefined for any other call
 * @throws Refusal `invalid-value` if the run id has the prefix that is reserved for the proxy
 */
export function readTriggerCall({ operation, path, body }: OperationCall): TriggerCall | undefined {
  if (operation.method !== 'POST' || operation.path !== '/dags/{dag_id}/dagRuns') return undefined;
  const { dag_run_id: runId, note: _, ...members } = isJsonObject(body) ? body : {};
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  if (typeof runId === 'string' && runId.toLowerCase().startsWith(RUN_ID_PREFIX)) {
    throw new Refusal(
      'invalid-value',
      `Run ids that begin with ${RUN_ID_PREFIX} are reserved for the proxy. Choose another run id.`,
    );
  }
  return {
    dagId: path.dag_id!,
    ...(typeof runId === 'string' ? { runId } : {}),
    hasDate: 'logical_date' in given || 'execution_date' in given,
    content: canonicalizeJson(JSON.stringify(given)),
  };
}

/** What the proxy adds to a call that starts a DAG run. */
export interface TriggerAdditions {
  readonly runId: string;
  /** Who triggers the run. Absent: no note is added. */
  readonly note?: string;
}

/** Airflow's limit for a note, in characters. */
const MAX_NOTE_LENGTH = 1000;

/** Adds a run id if the call has none, and a note if the release has notes. A note of the caller is kept, if there is room for both. */
export function completeTriggerCall(call: OperationCall, { runId, note }: TriggerAdditions): OperationCall {
  const body = isJsonObject(call.body) ? call.body : {};
  const own = typeof body.note === 'string' && body.note !== '' ? `${body.note}\n\n` : '';
  const completeNote = note === undefined ? undefined : `${own}${note}`;
  const fits = completeNote !== undefined && [...completeNote].length <= MAX_NOTE_LENGTH;
  return {
    ...call,
    body: {
      ...body,
      ...(typeof body.dag_run_id === 'string' ? {} : { dag_run_id: runId }),
      ...(fits ? { note: completeNote } : {}),
    },
  };
}
