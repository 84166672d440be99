import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import type { Caller } from '../../policy/caller.ts';
import { prepareCommand } from '../command/prepare-command.ts';
import type { CommandRequest } from '../event/read-request-body.ts';
import { maskArgv, writeAuditIntent } from './audit-log.ts';
import { authorizeInvocation } from './authorize-invocation.ts';
import type { RelayContext } from './relay-environment.ts';

/** One request to run a command. The command is not parsed yet. */
export interface RelayRequest extends CommandRequest {
  /** Created by Lambda. API Gateway's request id may be chosen by the caller. */
  readonly lambdaRequestId: string;
  readonly caller: Caller;
  /** Value of the header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Relays one command: parse, complete, authorize, render, send, read.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(
  relay: RelayContext,
  { argv, format, lambdaRequestId, caller, idempotencyKey }: RelayRequest,
): Promise<Record<string, unknown>> {
  const { environment, audit } = relay;
  const command = prepareCommand(
    { environment: environment.name, catalog: environment.catalog, principal: caller.principal },
    {
      kind: 'command',
      argv,
      format,
      uniqueId: lambdaRequestId,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
  );
  audit.command = maskArgv(command.invocation);
  authorizeInvocation(environment, caller, command.invocation, audit);
  writeAuditIntent(audit);
  return executeCommand(relay, command, audit);
}
