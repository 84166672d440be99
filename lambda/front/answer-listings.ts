import { type Catalog, type Command, formatUsage } from '../../airflow/catalog.ts';
import { findOperationFacts, getCoveringCommands } from '../../airflow/rest/operation-facts.ts';
import type { Caller } from '../../policy/caller.ts';
import { createNoRestRefusal, explainCall } from '../../policy/explain-call.ts';
import { explainDecision } from '../../policy/explain-decision.ts';
import { findEntriesForCaller } from '../../policy/find-entries.ts';
import { toGrantedCommand } from '../../policy/granted-command.ts';
import type { ExplainRequest } from '../event/read-request-body.ts';
import type { FrontEnvironment, FrontEnvironments } from './front-environments.ts';

/** The environments in which the caller has a grant. */
export const listEnvironments = (environments: FrontEnvironments, caller: Caller) =>
  environments.list(caller).map(({ name, airflow }) => ({ name, airflowVersion: airflow }));

/**
 * One row for each command or operation of each rule, in the order of the configuration. A set has a row for each of its commands and
 * operations. Of a command, the row also names the operations whose requests it may cover.
 */
export const listGrantedCommands = ({ policy, catalog }: FrontEnvironment, caller: Caller) =>
  findEntriesForCaller(policy, caller).map(({ rule, line }) => {
    const command = toGrantedCommand(rule);
    const operations = listCoveredOperations(catalog, command);
    return {
      command: command.path.join(' '),
      usage: formatUsage(command),
      grant: rule.text,
      line,
      options: command.arguments.flatMap(({ flags }) => flags ?? []),
      ...(operations.length === 0 ? {} : { operations }),
    };
  });

/** The operations of which requests are allowed by a grant of a command: `POST /dags/{dag_id}/dagRuns`. */
function listCoveredOperations({ airflow, operations = [] }: Catalog, { path }: Command): string[] {
  const name = path.join(' ');
  return operations.flatMap(({ path: [, method = '', template = ''] }) => {
    const facts = findOperationFacts(method, template);
    return facts && getCoveringCommands(facts, airflow).includes(name) ? [`${method} ${template}`] : [];
  });
}

/**
 * Decides like the relay, without sending anything. Grants of other callers are not shown.
 *
 * @throws Problem, Refusal
 */
export function explainRequest(
  { name, catalog, policy, rest }: FrontEnvironment,
  caller: Caller,
  request: ExplainRequest,
) {
  const context = { policy, caller, environment: name, omitOtherCallers: true };
  if ('argv' in request) return explainDecision(catalog, request.argv, context, request.format);
  if (rest === undefined) return createNoRestRefusal(name);
  return explainCall({ catalog, rest: rest.operations, notes: rest.notes }, request, context);
}
