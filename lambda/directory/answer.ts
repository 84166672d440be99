import type { APIGatewayProxyEvent } from 'aws-lambda';
import { usageOf } from '../../airflow/catalogue.ts';
import type { Caller } from '../../policy/caller.ts';
import { explain } from '../../policy/explain.ts';
import { permitted } from '../../policy/permitted.ts';
import { sentencesOf } from '../../policy/policy.ts';
import { callerOf } from '../caller-of-event.ts';
import { type HttpResponse, Problem } from '../problem.ts';
import { requestIn } from '../request-body.ts';
import type { ListedEnvironment, ListedEnvironments } from './directory-environments.ts';

/** The handler proper: what this caller may see, and nothing of anybody else. */
export const answer =
  (environments: ListedEnvironments, now: () => number) =>
  async (event: APIGatewayProxyEvent): Promise<HttpResponse> => {
    const caller = callerOf(event, now());
    const result = routed(environments, event, caller);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ requestId: event.requestContext.requestId, ...result }),
    };
  };

/** @throws Problem, Refusal */
function routed(environments: ListedEnvironments, event: APIGatewayProxyEvent, caller: Caller): object {
  const [, name, route] = /\/environments(?:\/([^/]+)\/([^/]+))?$/.exec(event.resource) ?? [];
  if (name === undefined) return { environments: visibleTo(caller, environments) };
  const environment = environments.find(name);
  if (environment === undefined) throw new Problem('not-found', 'There is no such environment.');
  const { airflow } = environment;
  const members = { environment: name, airflowVersion: airflow };
  switch (route) {
    case 'commands':
      return { ...members, commands: commandsFor(caller, environment) };
    case 'explain':
      return { ...members, ...explained(caller, environment, event) };
    default:
      throw new Problem('not-found', 'There is no such resource.');
  }
}

/** Those in which anything is granted to the caller. */
function visibleTo(caller: Caller, environments: ListedEnvironments) {
  return environments.names.flatMap((name) => {
    const environment = environments.find(name);
    if (environment === undefined || sentencesOf(environment.policy, caller).length === 0) return [];
    return [{ name, airflowVersion: environment.airflow }];
  });
}

/** A row for each command of each sentence, in the order of the file: a set is several. */
const commandsFor = (caller: Caller, { policy }: ListedEnvironment) =>
  sentencesOf(policy, caller).map(({ pattern, line }) => {
    const command = permitted(pattern);
    return {
      command: command.path.join(' '),
      usage: usageOf(command),
      grant: pattern.text,
      line,
      options: command.arguments.flatMap(({ flags }) => flags ?? []),
    };
  });

/** The same way as the relay's, without the sending. What others are granted is not told. */
function explained(caller: Caller, { name, catalogue, policy }: ListedEnvironment, event: APIGatewayProxyEvent) {
  const { argv, format } = requestIn(event);
  return explain(catalogue, argv, { policy, caller, environment: name, briefly: true }, format);
}
