import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { FrontFile } from '../../config/front-file.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayCommand, RelayRestCall } from '../../contract/relay-request.ts';
import { type RELAY_ROUTES, REST_ROUTE } from '../../contract/routes.ts';
import type { PolicyReference } from '../../contract/stored-policy.ts';
import { describeNoRest } from '../../policy/explain-call.ts';
import { maskArgv } from '../audit/mask-argv.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { chooseRunLookup } from '../command/choose-run-lookup.ts';
import { HEALTH_INVOCATION } from '../command/health-invocation.ts';
import { describeUnansweredCall, prepareCall } from '../command/prepare-call.ts';
import { identifyCaller, isTokenRequest } from '../event/caller-from-event.ts';
import { getHeaderValues } from '../event/get-header-values.ts';
import { createJsonResponse, type HttpResponse } from '../event/http-response.ts';
import { readCallRequest } from '../event/read-call-request.ts';
import { readIdempotencyKey } from '../event/read-idempotency-key.ts';
import { readCommandRequest, readExplainRequest } from '../event/read-request-body.ts';
import { readRoute } from '../event/read-route.ts';
import { readRunReference } from '../event/read-run-reference.ts';
import { explainRequest, listEnvironments, listGrantedCommands } from './answer-listings.ts';
import type { FrontEnvironment, FrontEnvironments } from './front-environments.ts';
import type { FrontRecord } from './front-log.ts';
import type { LoggedContext } from './log-requests.ts';
import { type PreparedRequest, prepareCommandRequest, type RequestContext } from './prepare-command-request.ts';
import type { InvokeRelay, QueueLimits, RelayTarget } from './queue/create-invoke-relay.ts';
import { PREFER_HEADER, readPreferWait, resolveQueueWait } from './queue/prefer-wait.ts';
import { relayHealth } from './relay-health.ts';
import { relayRequest } from './relay-request.ts';

export interface FrontOptions extends Pick<FrontFile, 'acceptsTokens' | 'respondSeconds'> {
  readonly environments: FrontEnvironments;
  readonly invokeRelay: InvokeRelay;
  /** The stored policy that the grants of the environments come from, if they come from one. */
  readonly policy?: PolicyReference;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Creates the front's handler. Its responses contain nothing about other callers. */
export function createFrontHandler(front: FrontOptions) {
  const { environments, acceptsTokens, respondSeconds, now } = front;
  return async (event: APIGatewayProxyEvent, context: LoggedContext): Promise<HttpResponse> => {
    const { record, deadline = now() + respondSeconds * 1000 } = context;
    const route = readRoute(event);
    record.route = route.name;
    if (isTokenRequest(event) && !acceptsTokens) {
      throw new Problem('not-found', 'This API accepts no tokens. Sign the request with AWS Signature Version 4.');
    }
    const identified = identifyCaller(event, now());
    const { caller } = identified;
    record.caller = caller.label;
    const { requestId } = record;
    if (route.name === 'environments') {
      return createResultResponse({ requestId, environments: listEnvironments(environments, caller) });
    }
    const environment = environments.get(route.environment, caller);
    record.environment = environment.name;
    const members = { requestId, environment: environment.name, airflowVersion: environment.airflow };
    switch (route.name) {
      case 'commands':
        return createResultResponse({ ...members, commands: listGrantedCommands(environment, caller) });
      case 'explain':
        return createResultResponse({ ...members, ...explainRequest(environment, caller, readExplainRequest(event)) });
      default: {
        const request = { environment, identified, record };
        const prepared =
          route.name === REST_ROUTE
            ? prepareRestCall(request, { ...readCallRequest(event, route), receivedAt: now() })
            : { ...PREPARE[route.name](request, event), relay: getRelay(environment) };
        const relayCall = {
          ...front,
          ...request,
          ...prepared,
          deadline,
          ...readPatience(event, environment, record, respondSeconds * 1000),
        };
        return route.name === 'health' ? relayHealth(relayCall, getRestRelay(environment)) : relayRequest(relayCall);
      }
    }
  };
}

/** How a request for the relay is prepared, for each route. */
const PREPARE: Readonly<
  Record<keyof typeof RELAY_ROUTES, (request: RequestContext, event: APIGatewayProxyEvent) => PreparedRequest>
> = {
  cli: (request, event) => prepareCommandRequest(request, readRelayCommand(event)),
  health: (request) => prepareHealthCheck(request),
  run: (request, event) => prepareRunLookup(request, event),
};

const getRelay = ({ relay, slots }: FrontEnvironment): RelayTarget => ({ functionName: relay, slots });

const getRestRelay = ({ rest }: FrontEnvironment): RelayTarget | undefined =>
  rest && { functionName: rest.relay, slots: rest.slots };

/** @throws Problem, Refusal */
function prepareRestCall(
  { environment, identified, record }: RequestContext,
  action: RelayRestCall,
): PreparedRequest & { readonly relay: RelayTarget } {
  const { catalog, rest, name } = environment;
  if (rest === undefined) throw createNoRestProblem(name);
  const prepared = prepareCall(catalog, rest.operations, action);
  record.command = maskArgv(prepared.forms[0]);
  authorizeInvocation(environment, identified.caller, prepared.forms, record);
  return {
    action,
    relay: { functionName: rest.relay, slots: rest.slots },
    unanswered: describeUnansweredCall(prepared, action),
  };
}

const createNoRestProblem = (environment: string): Problem =>
  new Problem('not-found', describeNoRest(environment), { environment });

/** @throws Problem `not-granted` */
function prepareHealthCheck({ environment, identified, record }: RequestContext): PreparedRequest {
  record.command = HEALTH_INVOCATION.command.path;
  authorizeInvocation(environment, identified.caller, [HEALTH_INVOCATION], record);
  return {
    action: { kind: 'health' },
    unanswered: { noun: 'request', readOnly: true, retrySafe: true, unknownOutcomeRemedy: '', responseMembers: {} },
  };
}

/** @throws Problem, Refusal */
function prepareRunLookup(
  { environment, identified, record }: RequestContext,
  event: APIGatewayProxyEvent,
): PreparedRequest {
  const run = readRunReference(event);
  const lookup = chooseRunLookup(environment, identified.caller, run, record);
  record.command = maskArgv(lookup.commands[0]!);
  return {
    action: { kind: 'run', ...run },
    unanswered: {
      noun: 'request',
      readOnly: true,
      retrySafe: true,
      unknownOutcomeRemedy: '',
      responseMembers: { ...run },
    },
  };
}

function readRelayCommand(event: APIGatewayProxyEvent): RelayCommand {
  const idempotencyKey = readIdempotencyKey(event);
  return {
    kind: 'command',
    ...readCommandRequest(event),
    uniqueId: randomUUID(),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** Lambda restores the network interfaces of an idle function within about two minutes. Source: see `invoke-errors.ts`. */
const PREPARATION_MS = 130_000;
/** What remains for the command after waiting for the preparation. */
const MIN_COMMAND_MS = 60_000;

/**
 * How long the request waits, in milliseconds. A preference of the caller is recorded. Without one, a request waits longer than for a
 * slot while Lambda prepares the relay.
 */
function readPatience(
  event: APIGatewayProxyEvent,
  environment: FrontEnvironment,
  record: FrontRecord,
  respondMs: number,
): Pick<QueueLimits, 'waitMs' | 'slowWaitMs'> {
  const preferred = readPreferWait(getHeaderValues(event, PREFER_HEADER));
  const { queueSeconds, maxQueueSeconds } = environment;
  const { seconds, preferenceApplied } = resolveQueueWait(preferred, queueSeconds, maxQueueSeconds);
  if (preferenceApplied !== undefined) record.preferenceApplied = preferenceApplied;
  const waitMs = seconds * 1000;
  const preparationMs = Math.min(PREPARATION_MS, respondMs - MIN_COMMAND_MS);
  return { waitMs, slowWaitMs: preferred === undefined ? Math.max(waitMs, preparationMs) : waitMs };
}

const createResultResponse = (body: object): HttpResponse => createJsonResponse(200, JSON.stringify(body));
