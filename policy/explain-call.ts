import type { Catalog } from '../airflow/catalog.ts';
import { createCallForms } from '../airflow/rest/call-forms.ts';
import { type OperationCall, parseCall, type RestRequest } from '../airflow/rest/parse-call.ts';
import { renderCall } from '../airflow/rest/render-call.ts';
import type { RestCatalog } from '../airflow/rest/rest-catalog.ts';
import {
  acceptsNote,
  completeTriggerCall,
  formatTriggerNote,
  hasRoomForNote,
  isNamedByAirflow,
  readTriggerCall,
  type TriggerCall,
} from '../airflow/rest/trigger-call.ts';
import {
  type AllowingGrant,
  explainForms,
  explainRefusals,
  PLACEHOLDER_RUN_ID,
  type PolicyContext,
  type RefusedRequest,
} from './explain-decision.ts';

/** What decides about requests for the REST API of an environment. */
export interface RestTarget {
  /** With operations. */
  readonly catalog: Catalog;
  readonly rest: RestCatalog;
  /** Whether runs get a note that names their caller. */
  readonly notes: boolean;
}

/** What the proxy would send to Airflow's REST API. */
export interface SentCall {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** JSON. Absent: no body. */
  readonly body?: unknown;
}

export type CallExplanation =
  | (AllowingGrant & {
      readonly allowed: true;
      /** With `PLACEHOLDER_RUN_ID` for a run id that the proxy makes. */
      readonly request: SentCall;
    })
  | RefusedRequest;

/**
 * Explains whether a request for the REST API would be allowed, without sending it.
 *
 * @param context Without it the request is only parsed.
 */
export function explainCall(
  { catalog, rest, notes }: RestTarget,
  request: RestRequest,
  context?: PolicyContext,
): CallExplanation {
  return explainRefusals(() => {
    const call = parseCall(rest, request);
    const trigger = readTriggerCall(call);
    if (context === undefined) return { allowed: true, request: describeSent(rest, call) };
    const sent = trigger === undefined ? call : completeTrigger({ rest, notes }, call, trigger, context.caller.label);
    return explainForms(context, createCallForms(catalog, rest, call), { request: describeSent(rest, sent) });
  });
}

const PLACEHOLDER_REQUEST_ID = 'REQUEST-ID';

/** Adds what the REST relay adds. A test compares both. */
function completeTrigger(
  { rest, notes }: Pick<RestTarget, 'rest' | 'notes'>,
  call: OperationCall,
  trigger: TriggerCall,
  callerLabel: string,
): OperationCall {
  const note = formatTriggerNote(callerLabel, PLACEHOLDER_REQUEST_ID);
  const isNoted = notes && acceptsNote(rest.commands.get(call.operation)!) && hasRoomForNote(call, note);
  return completeTriggerCall(call, {
    ...(isNamedByAirflow(trigger, { isNoted, hasKey: false }) ? {} : { runId: PLACEHOLDER_RUN_ID }),
    ...(isNoted ? { note } : {}),
  });
}

function describeSent(rest: RestCatalog, call: OperationCall): SentCall {
  const { method, target } = renderCall(rest, call);
  return { method, target, ...(call.body === undefined ? {} : { body: call.body }) };
}

/** Why an environment has no answer to any request for the REST API. */
export const describeNoRest = (environment: string): string =>
  `${environment} does not offer Airflow's REST API. Its owner can set "rest: true" in the configuration of the proxy.`;

export const createNoRestRefusal = (environment: string): RefusedRequest => ({
  allowed: false,
  refusal: { code: 'not-found', detail: describeNoRest(environment) },
});
