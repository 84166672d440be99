import type { APIGatewayProxyEvent } from 'aws-lambda';
import { formatUsage } from '../../airflow/catalog.ts';
import { Problem } from '../../contract/problem.ts';
import type { Caller } from '../../policy/caller.ts';
import { explainDecision } from '../../policy/explain-decision.ts';
import { findEntriesForCaller } from '../../policy/find-entries.ts';
import { toGrantedCommand } from '../../policy/granted-command.ts';
import { callerFromEvent } from '../event/caller-from-event.ts';
import { type HttpResponse, toJsonResponse } from '../event/http-response.ts';
import { readCommandRequest } from '../event/read-request-body.ts';
import type { FrontEnvironment, FrontEnvironments } from './front-environments.ts';

/** Creates the front's handler. Its responses contain nothing about other callers. */
export const createFrontHandler =
  (environments: FrontEnvironments, now: () => number) =>
  async (event: APIGatewayProxyEvent): Promise<HttpResponse> => {
    const caller = callerFromEvent(event, now());
    const result = routeRequest(environments, event, caller);
    return toJsonResponse({ requestId: event.requestContext.requestId, ...result });
  };

/** @throws Problem, Refusal */
function routeRequest(environments: FrontEnvironments, event: APIGatewayProxyEvent, caller: Caller): object {
  const [, name, route] = /\/environments(?:\/([^/]+)\/([^/]+))?$/.exec(event.resource) ?? [];
  if (name === undefined) return { environments: listVisibleEnvironments(caller, environments) };
  const environment = environments.find(name);
  if (environment === undefined)
    throw new Problem(
      'not-found',
      `This API has no environment ${name}. GET /environments lists the environments that you can use.`,
    );
  const members = { environment: name, airflowVersion: environment.airflow };
  switch (route) {
    case 'commands':
      return { ...members, commands: listGrantedCommands(caller, environment) };
    case 'explain':
      return { ...members, ...explainRequest(caller, environment, event) };
    default:
      throw new Problem('not-found', 'This API has no such path. Check the path.');
  }
}

/** The environments in which the caller has a grant. */
function listVisibleEnvironments(caller: Caller, environments: FrontEnvironments) {
  return environments.names.flatMap((name) => {
    const environment = environments.find(name);
    if (environment === undefined || findEntriesForCaller(environment.policy, caller).length === 0) return [];
    return [{ name, airflowVersion: environment.airflow }];
  });
}

/** One row for each command of each rule, in the order of the configuration. A set has a row for each of its commands. */
const listGrantedCommands = (caller: Caller, { policy }: FrontEnvironment) =>
  findEntriesForCaller(policy, caller).map(({ rule, line }) => {
    const command = toGrantedCommand(rule);
    return {
      command: command.path.join(' '),
      usage: formatUsage(command),
      grant: rule.text,
      line,
      options: command.arguments.flatMap(({ flags }) => flags ?? []),
    };
  });

/** Decides like the relay, without sending anything. Grants of other callers are not shown. */
function explainRequest(caller: Caller, { name, catalog, policy }: FrontEnvironment, event: APIGatewayProxyEvent) {
  const { argv, format } = readCommandRequest(event);
  return explainDecision(catalog, argv, { policy, caller, environment: name, omitOtherCallers: true }, format);
}
