import { complete, isTrigger, runIdOf } from '../../airflow/complete.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parse } from '../../airflow/parse.ts';
import { render } from '../../airflow/render.ts';
import type { Caller } from '../../policy/caller.ts';
import { carryOut, isRead, type ReadyCommand } from '../mwaa/carry-out.ts';
import { whereToLook } from '../mwaa/where-to-look.ts';
import { Problem } from '../problem.ts';
import type { CommandRequest } from '../request-body.ts';
import { maskedWords, writeIntent } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Relay, RelayEnvironment } from './relay-environment.ts';
import { runIdOfKey, runIdOfRequest } from './run-id.ts';

/** One request, read but not yet judged. */
export interface Asked extends CommandRequest {
  /** Made by Lambda: API Gateway's own may be chosen by the caller. */
  readonly lambdaRequestId: string;
  readonly caller: Caller;
  /** The header `Idempotency-Key`. */
  readonly key?: string | undefined;
}

/**
 * The way of one command, in one direction: parse, complete, authorise, render, send, read.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(relay: Relay, asked: Asked): Promise<Record<string, unknown>> {
  const { environment, audit } = relay;
  const command = read(environment, asked);
  audit.command = maskedWords(command.invocation);
  authorise(environment, asked.caller, command.invocation, audit);
  writeIntent(audit);
  return carryOut(relay, command, audit);
}

function read(environment: RelayEnvironment, { argv, format, lambdaRequestId, caller, key }: Asked): ReadyCommand {
  const parsed = parse(environment.catalogue, argv);
  const keyed = key !== undefined && isTrigger(parsed);
  if (key !== undefined) checkKey(parsed);
  const same = { principal: caller.principal, environment: environment.name, key: key ?? '', line: render(parsed) };
  const invocation = complete(parsed, format, keyed ? runIdOfKey(same) : runIdOfRequest(lambdaRequestId));
  const runId = runIdOf(invocation);
  return {
    invocation,
    retrySafe: keyed || isRead(invocation),
    look: whereToLook(environment.catalogue, invocation, keyed),
    members: { ...(runId === undefined ? {} : { runId }), ...(keyed ? { replayed: false } : {}) },
  };
}

/** A key is a promise: it is refused where it cannot be kept. On a command that changes nothing there is nothing to keep. */
function checkKey(parsed: Invocation): void {
  if (isTrigger(parsed) && runIdOf(parsed) !== undefined) {
    throw new Problem('malformed-request', 'Idempotency-Key makes the run id: send the header or --run-id, not both.');
  }
  if (!isTrigger(parsed) && !isRead(parsed)) {
    const command = parsed.command.path.join(' ');
    const detail = `Idempotency-Key makes one run of repeated triggers, and "${command}" is no trigger: leave it out.`;
    throw new Problem('malformed-request', detail);
  }
}
