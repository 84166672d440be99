import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import type { RelayAction, RelayCommand } from '../../contract/relay-request.ts';
import { maskArgv, maskUnparsedArgv } from '../audit/mask-argv.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { prepareCommand } from '../command/prepare-command.ts';
import type { IdentifiedCaller } from '../event/caller-from-event.ts';
import type { FrontEnvironment } from './front-environments.ts';
import type { FrontRecord } from './front-log.ts';
import type { UnansweredRequest } from './relay-request.ts';

export interface PreparedRequest {
  readonly action: RelayAction;
  readonly unanswered: UnansweredRequest;
}

export interface RequestContext {
  readonly environment: FrontEnvironment;
  readonly identified: IdentifiedCaller;
  readonly record: FrontRecord;
}

/**
 * Parses and authorizes a command.
 *
 * @throws Problem, Refusal
 */
export function prepareCommandRequest(
  { environment, identified, record }: RequestContext,
  action: RelayCommand,
): PreparedRequest {
  const { caller } = identified;
  const { name, catalog } = environment;
  let prepared: ReturnType<typeof prepareCommand>;
  try {
    prepared = prepareCommand({ environment: name, catalog, principal: caller.principal }, action);
  } catch (error) {
    record.command = maskUnparsedArgv(catalog, action.argv);
    throw error;
  }
  const { invocation } = prepared;
  record.command = maskArgv(invocation);
  authorizeInvocation(environment, caller, [invocation], record);
  return { action, unanswered: { ...prepared, noun: 'command', readOnly: isReadOnlyCommand(invocation.command.path) } };
}
