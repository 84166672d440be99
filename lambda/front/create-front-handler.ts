import type { APIGatewayProxyEvent } from 'aws-lambda';
import { formatUsage } from '../../airflow/catalog.ts';
import { type HttpResponse, Problem } from '../../contract/problem.ts';
import type { Caller } from '../../policy/caller.ts';
import { explainDecision } from '../../policy/explain-decision.ts';
import { findEntriesForCaller } from '../../policy/find-entries.ts';
import { toGrantedCommand } from '../../policy/granted-command.ts';
import { callerFromEvent } from '../event/caller-from-event.ts';
import { readCommandRequest } from '../event/read-request-body.ts';
import type { FrontEnvironment, FrontEnvironments } from './front-environments.ts';

/** The handler proper: what this caller may see, and nothing of anybody else. */
export const createFrontHandler =
  (environments: FrontEnvironments, now: () => number) =>
  async (event: APIGatewayProxyEvent): Promise<HttpResponse> => {
    const caller = callerFromEvent(event, now());
    const result = routeRequest(environments, event, caller);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ requestId: event.requestContext.requestId, ...result }),
    };
  };

/** @throws Problem, Refusal */
function routeRequest(environments: FrontEnvironments, event: APIGatewayProxyEvent, caller: Caller): object {
  const [, name, route] = /\/environments(?:\/([^/]+)\/([^/]+))?$/.exec(event.resource) ?? [];
  if (name === undefined) return { environments: listVisibleEnvironments(caller, environments) };
  const environment = environments.find(name);
  if (environment === undefined) throw new Problem('not-found', 'There is no such environment.');
  const { airflow } = environment;
  const members = { environment: name, airflowVersion: airflow };
  switch (route) {
    case 'commands':
      return { ...members, commands: listGrantedCommands(caller, environment) };
    case 'explain':
      return { ...members, ...explainRequest(caller, environment, event) };
    default:
      throw new Problem('not-found', 'There is no such resource.');
  }
}

/** Those in which anything is granted to the caller. */
function listVisibleEnvironments(caller: Caller, environments: FrontEnvironments) {
  return environments.names.flatMap((name) => {
    const environment = environments.find(name);
    if (environment === undefined || findEntriesForCaller(environment.policy, caller).length === 0) return [];
    return [{ name, airflowVersion: environment.airflow }];
  });
}

/** A row for each command of each sentence, in the order of the file: a set is several. */
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

/** The same way as the relay's, without the sending. What others are granted is not told. */
function explainRequest(caller: Caller, { name, catalog, policy }: FrontEnvironment, event: APIGatewayProxyEvent) {
  const { argv, format } = readCommandRequest(event);
  return explainDecision(catalog, argv, { policy, caller, environment: name, omitOtherCallers: true }, format);
}
