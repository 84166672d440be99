import { Problem } from '../../contract/problem.ts';
import type { RelayAction, RelayRequest } from '../../contract/relay-request.ts';
import type { PolicyReference } from '../../contract/stored-policy.ts';
import type { IdentifiedCaller } from '../event/caller-from-event.ts';
import { createJsonResponse, createRestResponse, type HttpResponse } from '../event/http-response.ts';
import type { FrontEnvironment } from './front-environments.ts';
import type { FrontRecord } from './front-log.ts';
import {
  type InvokeRelay,
  type QueueLimits,
  RelayOutcomeUnknownError,
  type RelayTarget,
} from './queue/create-invoke-relay.ts';
import { readRelayResponse, readRestResponse } from './read-relay-response.ts';

/** What the front reports about a request to which the relay did not respond. */
export interface UnansweredRequest {
  /** What messages call it. */
  readonly noun: 'command' | 'request';
  /** Sending it again has no second effect. */
  readonly retrySafe: boolean;
  /** It changes nothing. */
  readonly readOnly: boolean;
  /** A sentence that says what to do before it is sent again. */
  readonly unknownOutcomeRemedy: string;
  /** Members of every response. */
  readonly responseMembers: Readonly<Record<string, unknown>>;
}

export interface RelayCall extends QueueLimits {
  readonly invokeRelay: InvokeRelay;
  readonly environment: Pick<FrontEnvironment, 'name'>;
  readonly relay: RelayTarget;
  readonly identified: IdentifiedCaller;
  /** The stored policy that has granted the request. The relay decides by the same one. */
  readonly policy?: PolicyReference;
  readonly action: RelayAction;
  readonly unanswered: UnansweredRequest;
  readonly record: FrontRecord;
}

/** The relay stops waiting for MWAA this long before the front stops waiting for the relay. */
const RELAY_MARGIN_MS = 1000;

/**
 * Sends a request to the relay of its environment, as soon as a slot is free.
 *
 * @throws Problem
 */
export async function relayRequest(call: RelayCall): Promise<HttpResponse> {
  const { invokeRelay, environment, relay, identified, policy, action, deadline, unanswered, record } = call;
  const { requestId, extendedRequestId } = record;
  const createPayload = (queuedMs: number): string => {
    const request: RelayRequest = {
      environment: environment.name,
      requestId,
      extendedRequestId,
      caller: identified.source,
      deadline: deadline - RELAY_MARGIN_MS,
      queuedMs,
      ...(policy === undefined ? {} : { policy }),
      action,
    };
    return JSON.stringify(request);
  };
  const payload = await invokeRelay(relay, createPayload, call, record).catch((error: unknown) => {
    if (error instanceof RelayOutcomeUnknownError) throw createUnansweredProblem(unanswered, error.clause, record);
    throw error;
  });
  const answer = action.kind === 'call' ? readRestResponse(payload) : undefined;
  if (answer !== undefined) {
    record.result = answer.result;
    return createRestResponse(answer);
  }
  const response = readRelayResponse(payload);
  if (response === undefined) throw createUnansweredProblem(unanswered, "the relay's response cannot be read", record);
  record.result = response.result;
  return createJsonResponse(response.status, response.body, response.retryAfterSeconds);
}

/** @param reason a clause that says what happened */
function createUnansweredProblem(unanswered: UnansweredRequest, reason: string, { queuedMs }: FrontRecord): Problem {
  const { noun, readOnly, unknownOutcomeRemedy } = unanswered;
  const problemMembers = { ...getProblemMembers(unanswered), queuedMs };
  if (!readOnly) {
    const detail = `The ${noun} may have been sent to Airflow, and its outcome is unknown: ${reason}. ${unknownOutcomeRemedy}`;
    return new Problem('outcome-unknown', detail, problemMembers);
  }
  const detail = `Airflow's answer was lost: ${reason}. The ${noun} changes nothing, so send it again.`;
  return new Problem('relay-failed', detail, problemMembers);
}

const getProblemMembers = ({ retrySafe, responseMembers }: UnansweredRequest): Record<string, unknown> =>
  retrySafe ? { ...responseMembers, retrySafe } : { ...responseMembers };
