import type { Catalog } from '../../airflow/catalog.ts';
import { Refusal, type RefusalCode } from '../../airflow/refusal.ts';
import { createCallForms } from '../../airflow/rest/call-forms.ts';
import { isReadOnlyOperation } from '../../airflow/rest/operation-facts.ts';
import { isHarmlessRepeat } from '../../airflow/rest/operation-repeats.ts';
import { type OperationCall, parseCall } from '../../airflow/rest/parse-call.ts';
import type { RestCatalog } from '../../airflow/rest/rest-catalog.ts';
import { readTriggerCall, type TriggerCall } from '../../airflow/rest/trigger-call.ts';
import { Problem } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';
import type { RequestForms } from '../../policy/authorize.ts';

/** A request for the REST API that is parsed, and what it can be granted as. */
export interface PreparedCall {
  readonly call: OperationCall;
  readonly forms: RequestForms;
  /** It changes nothing in Airflow. */
  readonly readOnly: boolean;
  /** A repeat changes nothing more, or Airflow refuses it. Not of a call that starts a DAG run. */
  readonly idempotent: boolean;
  /** Absent: the call starts no DAG run. */
  readonly trigger?: TriggerCall;
}

/**
 * Parses a request for the REST API. The front and the REST relay both prepare every request, with the same result.
 *
 * @throws Problem if the request is not valid in the release, or has an idempotency key that does not fit
 */
export function prepareCall(catalog: Catalog, rest: RestCatalog, request: RelayRestCall): PreparedCall {
  const call = refuseAsProblem(() => parseCall(rest, request));
  const trigger = refuseAsProblem(() => readTriggerCall(call));
  const readOnly = isReadOnlyOperation(call.operation);
  if (request.idempotencyKey !== undefined) checkIdempotencyKey(trigger, readOnly);
  return {
    call,
    forms: createCallForms(catalog, rest, call),
    readOnly,
    idempotent: trigger === undefined && isHarmlessRepeat(call.operation, rest.airflow),
    ...(trigger === undefined ? {} : { trigger }),
  };
}

/** @throws Problem `no-such-operation`, `invalid-call`, `malformed-request` */
function refuseAsProblem<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Problem(toProblemCode(error.code), error.message, { refusal: error.code }, { cause: error });
  }
}

function toProblemCode(code: RefusalCode): ProblemCode {
  if (code === 'unreadable') return 'malformed-request';
  return code === 'unknown-operation' ? 'no-such-operation' : 'invalid-call';
}

function checkIdempotencyKey(trigger: TriggerCall | undefined, readOnly: boolean): void {
  if (trigger?.runId !== undefined) {
    const detail = 'Idempotency-Key determines the run id. Send either the header or "dag_run_id", not both.';
    throw new Problem('malformed-request', detail);
  }
  if (trigger === undefined && !readOnly) {
    throw new Problem('malformed-request', 'Idempotency-Key works only for requests that start a DAG run. Remove it.');
  }
}

/** What to report about a call to which there is no answer. */
export function describeUnansweredCall(
  { readOnly, idempotent, trigger }: PreparedCall,
  { idempotencyKey }: Pick<RelayRestCall, 'idempotencyKey'>,
) {
  const isOneRun =
    trigger !== undefined &&
    (idempotencyKey !== undefined || trigger.logicalDate !== undefined || trigger.runId !== undefined);
  return {
    noun: 'request' as const,
    readOnly,
    retrySafe: readOnly || idempotent || isOneRun,
    unknownOutcomeRemedy: describeRemedy({ readOnly, idempotent, isOneRun }),
    responseMembers: trigger?.runId === undefined ? {} : { runId: trigger.runId },
  };
}

function describeRemedy({ readOnly, idempotent, isOneRun }: Readonly<Record<string, boolean>>): string {
  if (readOnly) return 'The request changes nothing, so send it again.';
  if (idempotent) return 'Send it again as it is: a second one changes nothing more.';
  if (isOneRun) return 'Send it again as it is: there will be only one run.';
  return 'Check in Airflow whether it was processed before you send it again.';
}
