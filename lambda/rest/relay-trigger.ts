import { parseInstant } from '../../airflow/parse-instant.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import type { Operation } from '../../airflow/rest/operation.ts';
import type { OperationCall } from '../../airflow/rest/parse-call.ts';
import {
  acceptsNote,
  completeTriggerCall,
  formatConf,
  formatTriggerNote,
  formatTriggerNoteStart,
  hasRoomForNote,
  isNamedByAirflow,
  type TriggerCall,
} from '../../airflow/rest/trigger-call.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';
import type { CallAnswer } from '../../mwaa/rest/send-call-types.ts';
import type { Caller } from '../../policy/caller.ts';
import { createDatedRunId, createKeyedRunId, createRunSeries } from '../command/call-run-id.ts';
import type { RelayRecord } from '../relay/relay-log.ts';
import { findPlaceInSeries } from './find-place-in-series.ts';
import type { RestEnvironment } from './rest-environment.ts';

/** What is needed to relay a call that starts a DAG run. */
export interface TriggerContext {
  readonly environment: RestEnvironment;
  readonly caller: Caller;
  readonly request: RelayRestCall;
  readonly record: RelayRecord;
  readonly send: (call: OperationCall, isRead?: boolean) => Promise<CallAnswer>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

interface TriggerAnswer {
  readonly answer: CallAnswer;
  /** An earlier request has created the run. */
  readonly replayed: boolean;
}

/**
 * Starts a DAG run once, however often the call is repeated. Airflow rejects a repeat with 409: the run has the same id, which is made from
 * what identifies the call, or the same logical date. The repeat is answered with the run that the first request has created.
 *
 * @throws Problem `key-reused`; what `sendCall` throws
 */
export async function relayTrigger(
  context: TriggerContext,
  call: OperationCall,
  trigger: TriggerCall,
): Promise<TriggerAnswer> {
  const { caller, record, send } = context;
  const dagId = trigger.dagId ?? (await findProducer(context, trigger));
  // Airflow says why it starts no run.
  if (dagId === undefined) return { answer: await send(call), replayed: false };
  const note = formatTriggerNote(caller.label, record.requestId);
  const isNoted = context.environment.notes && hasNote(context, call) && hasRoomForNote(call, note);
  const name = await nameRun(context, { ...trigger, dagId }, isNoted);
  if ('earlier' in name) return replay(record, name.earlier);
  const { runId, findEarlier } = name;
  const sent = completeTriggerCall(call, {
    ...(runId === undefined ? {} : { runId }),
    ...(isNoted ? { note } : {}),
  });
  let answer: CallAnswer;
  try {
    answer = await send(sent);
  } catch (error) {
    // The answer was lost. A run that is found is that of this request or of an equal one.
    const earlier = isUnknown(error) ? await ignoreProblems(findEarlier) : undefined;
    if (earlier === undefined) throw error;
    return { answer: checkContent(earlier, { ...trigger, dagId }, context.request), replayed: false };
  }
  if (answer.status !== 409) return { answer, replayed: false };
  // If no run is found, somebody else's has the same logical date: Airflow's answer says so.
  const earlier = await findEarlier();
  return earlier === undefined
    ? { answer, replayed: false }
    : replay(record, checkContent(earlier, { ...trigger, dagId }, context.request));
}

/** A trigger whose DAG is known. */
type DagTrigger = TriggerCall & { readonly dagId: string };

/** The DAG that Airflow runs to produce an asset, or undefined if there is not exactly one. */
async function findProducer(
  { environment, send }: TriggerContext,
  { assetId = '' }: TriggerCall,
): Promise<string | undefined> {
  const operation = getReadOperation(environment, '/assets/{asset_id}');
  const { status, body } = await send({ operation, path: { asset_id: assetId }, query: {} }, true);
  const { producing_tasks: tasks } = status === 200 ? readObject(toText(body)) : {};
  const producers = new Set(Array.isArray(tasks) ? tasks.filter(isJsonObject).map(({ dag_id: id }) => id) : []);
  const [dagId] = producers;
  return producers.size === 1 && typeof dagId === 'string' ? dagId : undefined;
}

/** How a run is named, and how the run of an equal call is found that was created since. */
interface RunName {
  /** Absent: Airflow chooses it. */
  readonly runId?: string;
  readonly findEarlier: () => Promise<CallAnswer | undefined>;
}

/**
 * Names the run of a call, or finds the run of which the call is a repeat. A run with a logical date keeps the name that Airflow gives it,
 * because clients compute that name: airflowctl's own tests do. Its note says who has triggered it. Where there is no such note, and for
 * runs without a date, the proxy chooses the name.
 */
async function nameRun(
  context: TriggerContext,
  trigger: DagTrigger,
  isNoted: boolean,
): Promise<RunName | { readonly earlier: CallAnswer }> {
  const { environment, caller, request } = context;
  const { dagId, runId, logicalDate } = trigger;
  const { idempotencyKey, receivedAt } = request;
  if (runId !== undefined) return { runId, findEarlier: async () => undefined };
  const identity = { principal: caller.principal, environment: environment.name, dagId, trigger };
  const find = (id: string) => findRun(context, dagId, id);
  const toName = (id: string): RunName => ({ runId: id, findEarlier: () => find(id) });
  if (idempotencyKey !== undefined) return toName(createKeyedRunId(identity, idempotencyKey));
  if (logicalDate !== undefined) {
    if (!isNamedByAirflow(trigger, { isNoted, hasKey: false })) return toName(createDatedRunId(identity));
    return { findEarlier: () => findOwnRun(context, trigger, logicalDate) };
  }
  const place = await findPlaceInSeries({
    series: createRunSeries(identity),
    receivedAt,
    now: context.now,
    wait: context.wait,
    findRun: find,
    getCreatedAt: (run) => readCreationTime(run, trigger),
  });
  return 'earlier' in place ? place : toName(place.runId);
}

/**
 * When Airflow created the run of a trigger without a logical date, in milliseconds since the epoch: Airflow 2 dates such a run so, and
 * Airflow 3 runs it after this time, unless the trigger says when.
 *
 * @throws Problem if Airflow does not say
 */
function readCreationTime({ body }: CallAnswer, { members }: TriggerCall): number {
  const {
    run_after: runAfter,
    queued_at: queuedAt,
    logical_date: date,
    execution_date: oldDate,
  } = readObject(toText(body));
  const shown = members.run_after === undefined ? (runAfter ?? date ?? oldDate) : queuedAt;
  const instant = typeof shown === 'string' ? parseInstant(shown) : undefined;
  if (instant !== undefined) return Number(instant / 1000n);
  const detail =
    'Airflow does not say when it created the last equal run. Nothing was run. Send a dag_run_id or an Idempotency-Key.';
  throw new Problem('airflow-error', detail, { retrySafe: true });
}

function replay(record: RelayRecord, answer: CallAnswer): TriggerAnswer {
  record.replayed = true;
  return { answer, replayed: true };
}

const isUnknown = (error: unknown): boolean => error instanceof Problem && error.code === 'outcome-unknown';

/** Whether the release stores a note when a run is triggered. */
const hasNote = ({ environment }: TriggerContext, { operation }: OperationCall): boolean =>
  acceptsNote(environment.operations.commands.get(operation)!);

/** @returns Airflow's answer for a run, or undefined if there is none */
async function findRun(
  { environment, send }: TriggerContext,
  dagId: string,
  runId: string,
): Promise<CallAnswer | undefined> {
  const operation = getReadOperation(environment, '/dags/{dag_id}/dagRuns/{dag_run_id}');
  const answer = await send({ operation, path: { dag_id: dagId, dag_run_id: runId }, query: {} }, true);
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return answer;
  const detail = `Airflow could not show whether the run ${runId} exists (status ${answer.status}). Send the request again.`;
  throw new Problem('airflow-error', detail, { runId, upstreamStatus: answer.status });
}

/** @returns Airflow's answer for the run of a logical date, if the caller has triggered it with the same conf */
async function findOwnRun(
  context: TriggerContext,
  { dagId, members }: DagTrigger,
  logicalDate: string,
): Promise<CallAnswer | undefined> {
  const operation = getReadOperation(context.environment, '/dags/{dag_id}/dagRuns');
  const name = Object.hasOwn(operation.query, 'logical_date_gte') ? 'logical_date' : 'execution_date';
  const query = { [`${name}_gte`]: logicalDate, [`${name}_lte`]: logicalDate };
  const { status, body } = await context.send({ operation, path: { dag_id: dagId }, query }, true);
  const { dag_runs: runs } = status === 200 ? readObject(toText(body)) : {};
  const [run] = Array.isArray(runs) ? runs.filter(isJsonObject) : [];
  if (run === undefined || typeof run.dag_run_id !== 'string') return undefined;
  const lastLine = String(run.note).split('\n').at(-1)!;
  const isOwn =
    lastLine.startsWith(formatTriggerNoteStart(context.caller.label)) && formatConf(run) === formatConf(members);
  return isOwn ? findRun(context, dagId, run.dag_run_id) : undefined;
}

const getReadOperation = ({ operations }: RestEnvironment, wanted: string): Operation =>
  operations.operations.find(({ method, path }) => method === 'GET' && path === wanted)!;

const toText = (body: CallAnswer['body']): string =>
  typeof body === 'string' ? body : Buffer.from(body).toString('utf8');

/** @returns an empty object for anything else, such as the `NaN` that Airflow 2 can write */
function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = parseJsonKeepingNumbers(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

type Members = TriggerCall['members'];

/** Whether a run has the times and the partition that a call asks for. Airflow fills in those that a call leaves out. */
function hasTimes(run: Members, members: Members): boolean {
  const { data_interval_start: start, data_interval_end: end } = members;
  // Airflow 2 infers the interval if one end is missing.
  const names = ['logical_date', 'execution_date', 'run_after', ...(start && end ? INTERVAL : [])];
  const { partition_key: partition = run.partition_key } = members;
  // On Airflow 3, only a run whose trigger named a logical date has one.
  const isUndated = run.logical_date === null || run.run_after === undefined || members.logical_date !== undefined;
  return isUndated && partition === run.partition_key && names.every((name) => isSameTime(run[name], members[name]));
}

const INTERVAL = ['data_interval_start', 'data_interval_end'];

/** What the release does not show, and what has no exact meaning, counts as the same. */
function isSameTime(shown: unknown, asked: unknown): boolean {
  const [shownInstant, askedInstant] = [shown, asked].map((time) =>
    typeof time === 'string' ? parseInstant(time) : undefined,
  );
  if (askedInstant === undefined || shown === undefined) return true;
  return shown !== null && (shownInstant === undefined || shownInstant === askedInstant);
}

const ignoreProblems = (find: () => Promise<CallAnswer | undefined>): Promise<CallAnswer | undefined> =>
  find().catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });

/** @throws Problem `key-reused` if the run is another than the call with its idempotency key asks for */
function checkContent(run: CallAnswer, { dagId, members }: DagTrigger, { idempotencyKey }: RelayRestCall): CallAnswer {
  if (idempotencyKey === undefined) return run;
  const shown = readObject(toText(run.body));
  if (formatConf(shown) === formatConf(members) && hasTimes(shown, members)) return run;
  const detail = `The Idempotency-Key belongs to an earlier trigger of ${dagId} with another conf or date. Nothing was run. Send this trigger with a new key.`;
  throw new Problem('key-reused', detail, { retrySafe: true });
}
