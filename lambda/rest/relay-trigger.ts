import { canonicalizeJson } from '../../airflow/canonical-json.ts';
import { isJsonObject } from '../../airflow/parse-json.ts';
import type { OperationCall } from '../../airflow/rest/parse-call.ts';
import { completeTriggerCall, type TriggerCall } from '../../airflow/rest/trigger-call.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';
import type { CallAnswer } from '../../mwaa/rest/send-call-types.ts';
import type { Caller } from '../../policy/caller.ts';
import { type CallRunIds, createCallRunIds } from '../command/call-run-id.ts';
import type { RelayRecord } from '../relay/relay-log.ts';
import type { RestEnvironment } from './rest-environment.ts';

/** What is needed to relay a call that starts a DAG run. */
export interface TriggerContext {
  readonly environment: RestEnvironment;
  readonly caller: Caller;
  readonly request: RelayRestCall;
  readonly record: RelayRecord;
  readonly send: (call: OperationCall, isRead?: boolean) => Promise<CallAnswer>;
}

interface TriggerAnswer {
  readonly answer: CallAnswer;
  /** An earlier request has created the run. */
  readonly replayed: boolean;
}

/**
 * Starts a DAG run once, however often the call is repeated. The run id of a call without one is made from what identifies the call, so
 * that Airflow rejects a repeat with 409. The repeat is answered with the run that the first request has created.
 *
 * @throws Problem `key-reused`; what `sendCall` throws
 */
export async function relayTrigger(
  context: TriggerContext,
  call: OperationCall,
  trigger: TriggerCall,
): Promise<TriggerAnswer> {
  const { environment, caller, request, record, send } = context;
  const note = environment.notes && hasNote(context, call) ? formatNote(caller, record.requestId) : undefined;
  const ids: CallRunIds =
    trigger.runId === undefined
      ? createCallRunIds({ principal: caller.principal, environment: environment.name, trigger, request })
      : { runId: trigger.runId };
  if (ids.previousRunId !== undefined) {
    const earlier = await findRun(context, trigger.dagId, ids.previousRunId);
    if (earlier !== undefined) return replay(record, earlier);
  }
  const sent = completeTriggerCall(call, { runId: ids.runId, ...(note === undefined ? {} : { note }) });
  const isOwnId = trigger.runId === undefined;
  let answer: CallAnswer;
  try {
    answer = await send(sent);
  } catch (error) {
    // The answer was lost. The run id is the proxy's, so a run with it is that of this request or of an equal one.
    const earlier = isOwnId && isUnknown(error) ? await findRunQuietly(context, trigger, ids.runId) : undefined;
    if (earlier === undefined) throw error;
    return { answer: checkContent(earlier, trigger, request), replayed: false };
  }
  if (answer.status !== 409 || !isOwnId) return { answer, replayed: false };
  // Without a run of this id, another run has the same logical date: Airflow's answer says so.
  const earlier = await findRun(context, trigger.dagId, ids.runId);
  return earlier === undefined ? { answer, replayed: false } : replay(record, checkContent(earlier, trigger, request));
}

function replay(record: RelayRecord, answer: CallAnswer): TriggerAnswer {
  record.replayed = true;
  return { answer, replayed: true };
}

const isUnknown = (error: unknown): boolean => error instanceof Problem && error.code === 'outcome-unknown';

const formatNote = ({ label }: Caller, requestId: string): string => `Triggered by ${label}, request ${requestId}.`;

/** Whether the release stores a note when a run is triggered. */
function hasNote({ environment }: TriggerContext, { operation }: OperationCall): boolean {
  const command = environment.operations.commands.get(operation);
  return command?.arguments.some(({ dest }) => dest === 'note') ?? false;
}

/** @returns Airflow's answer for a run, or undefined if there is none */
async function findRun(
  { environment, send }: TriggerContext,
  dagId: string,
  runId: string,
): Promise<CallAnswer | undefined> {
  const operation = environment.operations.operations.find(
    ({ method, path }) => method === 'GET' && path === '/dags/{dag_id}/dagRuns/{dag_run_id}',
  )!;
  const answer = await send({ operation, path: { dag_id: dagId, dag_run_id: runId }, query: {} }, true);
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return answer;
  const detail = `Airflow could not show whether the run ${runId} exists (status ${answer.status}). Send the request again.`;
  throw new Problem('airflow-error', detail, { runId, upstreamStatus: answer.status });
}

const findRunQuietly = (context: TriggerContext, { dagId }: TriggerCall, runId: string) =>
  findRun(context, dagId, runId).catch((error: unknown) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });

/** @throws Problem `key-reused` if the run has another conf than the call with its idempotency key */
function checkContent(run: CallAnswer, { dagId, content }: TriggerCall, { idempotencyKey }: RelayRestCall): CallAnswer {
  if (idempotencyKey === undefined) return run;
  const shown: unknown = JSON.parse(typeof run.body === 'string' ? run.body : Buffer.from(run.body).toString('utf8'));
  const { conf } = isJsonObject(shown) ? shown : {};
  const asked: unknown = JSON.parse(content);
  const askedConf = isJsonObject(asked) ? asked.conf : undefined;
  const normalize = (value: unknown) => canonicalizeJson(JSON.stringify(value ?? {}));
  if (normalize(conf) === normalize(askedConf)) return run;
  const detail = `The Idempotency-Key belongs to an earlier trigger of ${dagId} with another conf. Nothing was run. Send this trigger with a new key.`;
  throw new Problem('key-reused', detail, { retrySafe: true });
}
