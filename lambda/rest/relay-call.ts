import { setTimeout as wait } from 'node:timers/promises';
import { findMissingRole } from '../../airflow/rest/missing-role.ts';
import type { OperationCall } from '../../airflow/rest/parse-call.ts';
import { renderCall } from '../../airflow/rest/render-call.ts';
import { Problem } from '../../contract/problem.ts';
import { MAX_RELAY_RESPONSE_BYTES, type RelayRestCall, type RestResponse } from '../../contract/relay-request.ts';
import { sendCall } from '../../mwaa/rest/send-call.ts';
import type { CallAnswer, RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import type { Caller } from '../../policy/caller.ts';
import { maskArgv } from '../audit/mask-argv.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { describeUnansweredCall, prepareCall } from '../command/prepare-call.ts';
import { type RelayRecord, writeIntent } from '../relay/relay-log.ts';
import { relayTrigger } from './relay-trigger.ts';
import type { RestEnvironment } from './rest-environment.ts';
import { describeRoleRemedy } from './rest-remedies.ts';

/** What is needed to relay one call. */
export interface RestContext {
  readonly environment: RestEnvironment;
  readonly upstream: RestUpstream;
  readonly signal: AbortSignal;
  readonly record: RelayRecord;
}

/**
 * Relays one request for the REST API: parse, authorize, render, send.
 *
 * @throws Problem, Refusal
 */
export async function relayCall(context: RestContext, caller: Caller, request: RelayRestCall): Promise<RestResponse> {
  const { environment, record } = context;
  const prepared = prepareCall(environment.catalog, environment.operations, request);
  record.command = maskArgv(prepared.forms[0]);
  authorizeInvocation(environment, caller, prepared.forms, record);
  writeIntent(record);
  const { call, readOnly, trigger } = prepared;
  const { unknownOutcomeRemedy, responseMembers, retrySafe } = describeUnansweredCall(prepared, request);
  const problemMembers = retrySafe ? { ...responseMembers, retrySafe } : responseMembers;
  const { airflowRole, remedies } = context.upstream;
  const roleNeeded = findMissingRole(call.operation, environment.airflow, airflowRole);
  const upstream = { ...context.upstream, remedies: { ...remedies, roleRefused: describeRoleRemedy(roleNeeded) } };
  const send = (sent: OperationCall, isRead = readOnly): Promise<CallAnswer> => {
    record.trace ??= {};
    return sendCall(
      upstream,
      {
        ...renderCall(environment.operations, sent),
        readOnly: isRead,
        unknownOutcomeRemedy,
        problemMembers,
        trace: record.trace,
      },
      context.signal,
    );
  };
  const { answer, replayed } =
    trigger === undefined
      ? { answer: await send(call), replayed: false }
      : await relayTrigger(
          { environment, caller, request, record, send, now: context.upstream.now, wait },
          call,
          trigger,
        );
  record.outcome = 'answered';
  return toRestResponse(answer, replayed, readOnly);
}

/** Reserved for the members around the text. */
const ENVELOPE_BYTES = 1024;

function toRestResponse(
  { status, contentType = '', body }: CallAnswer,
  replayed: boolean,
  readOnly: boolean,
): RestResponse {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  const response: RestResponse = { status, result: replayed ? 'replayed' : 'answered', contentType, text };
  if (Buffer.byteLength(JSON.stringify(text)) <= MAX_RELAY_RESPONSE_BYTES - ENVELOPE_BYTES) return response;
  const done = readOnly ? '' : ' Airflow has processed the request, so do not send it again.';
  throw new Problem(
    'answer-too-large',
    `Airflow's answer (status ${status}) has ${Buffer.byteLength(text)} bytes, and Lambda passes on at most 6 MB.${done} ` +
      'Request less, for example with limit and offset.',
    { upstreamStatus: status, retrySafe: readOnly },
  );
}
