import { completeInvocation, getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { Problem } from '../../contract/problem.ts';
import { describeUnknownOutcome } from '../../mwaa/cli/describe-unknown-outcome.ts';
import { executeCommand, isReadOnly, type PreparedCommand } from '../../mwaa/cli/execute-command.ts';
import type { Caller } from '../../policy/caller.ts';
import type { CommandRequest } from '../event/read-request-body.ts';
import { maskArgv, writeAuditIntent } from './audit-log.ts';
import { authorizeInvocation } from './authorize-invocation.ts';
import type { RelayContext, RelayEnvironment } from './relay-environment.ts';
import { runIdFromKey, runIdFromRequest } from './run-id.ts';

/** One request, read but not yet judged. */
export interface ParsedRequest extends CommandRequest {
  /** Made by Lambda: API Gateway's own may be chosen by the caller. */
  readonly lambdaRequestId: string;
  readonly caller: Caller;
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * The way of one command, in one direction: parse, complete, authorize, render, send, read.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(relay: RelayContext, asked: ParsedRequest): Promise<Record<string, unknown>> {
  const { environment, audit } = relay;
  const command = prepareCommand(environment, asked);
  audit.command = maskArgv(command.invocation);
  authorizeInvocation(environment, asked.caller, command.invocation, audit);
  writeAuditIntent(audit);
  return executeCommand(relay, command, audit);
}

function prepareCommand(
  environment: RelayEnvironment,
  { argv, format, lambdaRequestId, caller, idempotencyKey }: ParsedRequest,
): PreparedCommand {
  const parsed = parseInvocation(environment.catalog, argv);
  const keyed = idempotencyKey !== undefined && isTrigger(parsed);
  if (idempotencyKey !== undefined) checkIdempotencyKey(parsed);
  const same = {
    principal: caller.principal,
    environment: environment.name,
    idempotencyKey: idempotencyKey ?? '',
    commandLine: renderCommandLine(parsed),
  };
  const invocation = completeInvocation(parsed, format, keyed ? runIdFromKey(same) : runIdFromRequest(lambdaRequestId));
  const runId = getRunId(invocation);
  return {
    invocation,
    retrySafe: keyed || isReadOnly(invocation),
    unknownOutcomeRemedy: describeUnknownOutcome(environment.catalog, invocation, keyed),
    responseMembers: { ...(runId === undefined ? {} : { runId }), ...(keyed ? { replayed: false } : {}) },
  };
}

/** A key is a promise: it is refused where it cannot be kept. On a command that changes nothing there is nothing to keep. */
function checkIdempotencyKey(parsed: Invocation): void {
  if (isTrigger(parsed) && getRunId(parsed) !== undefined) {
    throw new Problem('malformed-request', 'Idempotency-Key makes the run id: send the header or --run-id, not both.');
  }
  if (!isTrigger(parsed) && !isReadOnly(parsed)) {
    const command = parsed.command.path.join(' ');
    const detail = `Idempotency-Key makes one run of repeated triggers, and "${command}" is no trigger: leave it out.`;
    throw new Problem('malformed-request', detail);
  }
}
