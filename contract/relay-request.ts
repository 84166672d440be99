import type { PolicyReference } from './stored-policy.ts';

/**
 * What the front sends to a relay: the payload of Lambda's `Invoke`, as JSON. A relay accepts it only from the front, because its
 * resource policy denies everyone else. It authorizes the command again, from its own copy of the grants.
 */
export interface RelayRequest<Action extends RelayAction = RelayAction> {
  /** Name in the configuration. Must be the environment of the relay. */
  readonly environment: string;
  /** API Gateway's request id. Callers may choose it. */
  readonly requestId: string;
  /** API Gateway's extended request id, which callers cannot choose. */
  readonly extendedRequestId: string;
  readonly caller: RelayCaller;
  /** When the front stops waiting for the response: milliseconds since the epoch. */
  readonly deadline: number;
  /** How long the request waited for a free slot, in milliseconds. */
  readonly queuedMs: number;
  /** The stored policy that the front has decided by. Absent if the grants are part of the functions. */
  readonly policy?: PolicyReference;
  readonly action: Action;
}

/** The caller: authenticated, as API Gateway reports it, or declared by the configuration. */
export type RelayCaller =
  | { readonly arn: string }
  /** Claims of a token that the authorizer has verified. */
  | { readonly claims: Readonly<Record<string, unknown>> }
  /** A caller that the configuration declares, such as `event:landing`. No request to the API has one. */
  | { readonly declared: string };

export type RelayAction = RelayCommand | RelayRunLookup | RelayRestCall | { readonly kind: 'health' };

/** A run to look up. The relay chooses the commands. */
export interface RelayRunLookup {
  readonly kind: 'run';
  readonly dagId: string;
  readonly runId: string;
}

/** A request for Airflow's REST API. The REST relay parses it again. */
export interface RelayRestCall {
  readonly kind: 'call';
  readonly method: string;
  /** Percent-encoded, from `/api/` on. */
  readonly path: string;
  /** The parameters, decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Absent: no body. */
  readonly body?: string;
  /** When the front received it: milliseconds since the epoch. Repeats of a trigger soon after it are the same run. */
  readonly receivedAt: number;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey?: string;
}

/** A command to run. The relay parses it again. */
export interface RelayCommand {
  readonly kind: 'command';
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: 'json' | 'raw';
  /** The response has the answer and the messages in place of the streams. Absent: it has the streams. */
  readonly streams?: 'split';
  /** Random and created by the front, once per request: the run id of a trigger without a key is derived from it. */
  readonly uniqueId: string;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey?: string;
}

/**
 * What a relay returns to the front. `body` must be the last member: the front passes its JSON text on without parsing it, so that
 * numbers and large outputs are unchanged. New members belong into `body`: during an update, an old front reads a new relay.
 */
export interface RelayResponse {
  /** HTTP status for the caller. */
  readonly status: number;
  /** Code of the problem, or else the outcome. For the front's log and metrics. */
  readonly result: string;
  /** Value of the header `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** The result of the command, or a problem. */
  readonly body: object;
}

/** What a REST relay returns to the front for an answer of Airflow. A problem is a `RelayResponse`. */
export interface RestResponse {
  /** Airflow's status. */
  readonly status: number;
  /** `answered` or, for the run that an earlier request has made, `replayed`. For the front's log and metrics. */
  readonly result: 'answered' | 'replayed';
  readonly contentType: string;
  /** Airflow's answer. */
  readonly text: string;
}

/** Lambda's limit for the payload of a response, in bytes. Source: Lambda quotas, "Invocation payload (request and response)". */
export const MAX_RELAY_RESPONSE_BYTES = 6 * 1024 * 1024;
