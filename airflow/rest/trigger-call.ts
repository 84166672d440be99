import { canonicalizeJson } from '../canonical-json.ts';
import type { Command } from '../catalog.ts';
import { RUN_ID_PREFIX } from '../complete-invocation.ts';
import { isJsonObject } from '../parse-json.ts';
import { Refusal } from '../refusal.ts';
import type { OperationCall } from './parse-call.ts';

/** A call that starts a DAG run, and what identifies the run. */
export interface TriggerCall {
  /** Absent: the DAG that produces the asset. */
  readonly dagId?: string;
  readonly assetId?: string;
  /** The caller's. Absent: the proxy makes one. */
  readonly runId?: string;
  /** Airflow accepts one run for each. */
  readonly logicalDate?: string;
  /** What the body says about the run, without members that are null. The note is left out: a repeat may have another. */
  readonly members: Readonly<Record<string, unknown>>;
  /** The members in one spelling. */
  readonly content: string;
}

const TRIGGER = '/dags/{dag_id}/dagRuns';
/** It starts a run, too, and can name it from 3.2 on. Before, it has no body. */
const MATERIALIZE = '/assets/{asset_id}/materialize';

/**
 * Reads a call that starts a DAG run.
 *
 * @returns undefined for any other call
 * @throws Refusal `invalid-value` if a run id has the prefix that is reserved for the proxy
 */
export function readTriggerCall({ operation, path, body }: OperationCall): TriggerCall | undefined {
  if (operation.method !== 'POST' || (operation.path !== TRIGGER && operation.path !== MATERIALIZE)) return undefined;
  const { dag_run_id: runId, note: _, ...members } = isJsonObject(body) ? body : {};
  const given = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  if (typeof runId === 'string' && runId.toLowerCase().startsWith(RUN_ID_PREFIX)) {
    throw new Refusal(
      'invalid-value',
      `Run ids that begin with ${RUN_ID_PREFIX} are reserved for the proxy. Choose another run id.`,
    );
  }
  if (operation.body === undefined) return undefined;
  const logicalDate = given.logical_date ?? given.execution_date;
  const { dag_id: dagId, asset_id: assetId } = path;
  return {
    ...(dagId === undefined ? {} : { dagId }),
    ...(assetId === undefined ? {} : { assetId }),
    ...(isRunId(runId) ? { runId } : {}),
    ...(typeof logicalDate === 'string' ? { logicalDate } : {}),
    members: given,
    content: canonicalizeJson(
      JSON.stringify({ ...(assetId !== undefined && { asset_id: assetId }), ...omitEmptyConf(given) }),
    ),
  };
}

/** Without a conf, a run has an empty one. */
const omitEmptyConf = ({ conf, ...members }: Readonly<Record<string, unknown>>): object =>
  conf === undefined || formatConf({ conf }) === formatConf({}) ? members : { conf, ...members };

/** The conf of a call or of a run, in one spelling. */
export const formatConf = ({ conf }: Readonly<Record<string, unknown>>): string =>
  canonicalizeJson(JSON.stringify(conf ?? {}));

/** Airflow treats an empty run id as none. */
const isRunId = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** What the proxy adds to a call that starts a DAG run. */
export interface TriggerAdditions {
  /** For a call without one. Absent: Airflow names the run. */
  readonly runId?: string;
  /** Who triggers the run. Absent: no note is added. */
  readonly note?: string;
}

/** Airflow's limit for a note, in characters. */
const MAX_NOTE_LENGTH = 1000;

/**
 * Adds a run id if the call has none, and a note. A note of the caller is kept, if there is room for both. Members that are null are left
 * out: Airflow 3.0 fails with 500 for a `run_after` of null if it names the run. Airflow 3 requires `logical_date`, also as null.
 */
export function completeTriggerCall(call: OperationCall, { runId, note }: TriggerAdditions): OperationCall {
  const body = isJsonObject(call.body) ? call.body : {};
  const completeNote = note === undefined ? undefined : joinNotes(body.note, note);
  return {
    ...call,
    body: {
      ...Object.fromEntries(Object.entries(body).filter(([key, value]) => value !== null || key === 'logical_date')),
      ...(runId === undefined || isRunId(body.dag_run_id) ? {} : { dag_run_id: runId }),
      ...(completeNote === undefined ? {} : { note: completeNote }),
    },
  };
}

/** Whether a note can be added to the one of the caller. */
export const hasRoomForNote = ({ body }: OperationCall, note: string): boolean =>
  joinNotes(isJsonObject(body) ? body.note : undefined, note) !== undefined;

function joinNotes(own: unknown, note: string): string | undefined {
  const joined = typeof own === 'string' && own !== '' ? `${own}\n\n${note}` : note;
  return [...joined].length <= MAX_NOTE_LENGTH ? joined : undefined;
}

/** The note that names the caller of a run. @param label of the caller */
export const formatTriggerNote = (label: string, requestId: string): string =>
  `${formatTriggerNoteStart(label)}${requestId}.`;

/** What the note of every run of a caller begins with. */
export const formatTriggerNoteStart = (label: string): string => `Triggered by ${label}, request `;

/** Whether the release stores a note when a run is triggered. @param command of the operation that triggers it */
export const acceptsNote = (command: Command): boolean => command.arguments.some(({ dest }) => dest === 'note');

/**
 * Whether Airflow names a run: it has a logical date, and its note says who has triggered it. Clients compute that name: airflowctl's own
 * tests do.
 */
export const isNamedByAirflow = (
  { logicalDate, runId }: TriggerCall,
  { isNoted, hasKey }: { readonly isNoted: boolean; readonly hasKey: boolean },
): boolean => logicalDate !== undefined && runId === undefined && isNoted && !hasKey;
