import { formatUsage } from '../../airflow/catalog.ts';
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

/** One row for each command of each rule, in the order of the configuration. A set has a row for each of its commands. */
export const listGrantedCommands = ({ policy }: FrontEnvironment, caller: Caller) =>
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
