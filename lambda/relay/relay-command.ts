import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { completeInvocation, getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { Problem } from '../../contract/problem.ts';
import { describeUnknownOutcome } from '../../mwaa/cli/describe-unknown-outcome.ts';
import type { PreparedCommand } from '../../mwaa/cli/environment-connection.ts';
import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import type { Caller } from '../../policy/caller.ts';
import type { CommandRequest } from '../event/read-request-body.ts';
import { maskArgv, writeAuditIntent } from './audit-log.ts';
import { authorizeInvocation } from './authorize-invocation.ts';
import type { RelayContext, RelayEnvironment } from './relay-environment.ts';
import { runIdFromKey, runIdFromRequest } from './run-id.ts';

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
export async function relayCommand(relay: RelayContext, request: RelayRequest): Promise<Record<string, unknown>> {
  const { environment, audit } = relay;
  const command = prepareCommand(environment, request);
  audit.command = maskArgv(command.invocation);
  authorizeInvocation(environment, request.caller, command.invocation, audit);
  writeAuditIntent(audit);
  return executeCommand(relay, command, audit);
}

function prepareCommand(
  environment: RelayEnvironment,
  { argv, format, lambdaRequestId, caller, idempotencyKey }: RelayRequest,
): PreparedCommand {
  const parsed = parseInvocation(environment.catalog, argv);
  const keyed = idempotencyKey !== undefined && isTrigger(parsed);
  if (idempotencyKey !== undefined) checkIdempotencyKey(parsed);
  const identity = {
    principal: caller.principal,
    environment: environment.name,
    idempotencyKey: idempotencyKey ?? '',
    commandLine: renderCommandLine(parsed),
  };
  const newRunId = keyed ? runIdFromKey(identity) : runIdFromRequest(lambdaRequestId);
  const invocation = completeInvocation(parsed, format, newRunId);
  const runId = getRunId(invocation);
  return {
    invocation,
    retrySafe: keyed || isReadOnlyCommand(invocation.command.path),
    unknownOutcomeRemedy: describeUnknownOutcome(environment.catalog, invocation, keyed),
    responseMembers: { ...(runId === undefined ? {} : { runId }), ...(keyed ? { replayed: false } : {}) },
  };
}

/**
 * Rejects an idempotency key on a command for which the proxy cannot prevent a second effect. Accepts a key on a read-only command,
 * because its repeats change nothing.
 */
function checkIdempotencyKey(parsed: Invocation): void {
  if (isTrigger(parsed) && getRunId(parsed) !== undefined) {
    const detail = 'Idempotency-Key determines the run id. Send either the header or --run-id, not both.';
    throw new Problem('malformed-request', detail);
  }
  if (!isTrigger(parsed) && !isReadOnlyCommand(parsed.command.path)) {
    const command = parsed.command.path.join(' ');
    const detail = `Idempotency-Key works only for triggers, and "${command}" is not one. Remove the header.`;
    throw new Problem('malformed-request', detail);
  }
}
