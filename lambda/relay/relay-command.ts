import { Problem } from '../../contract/problem.ts';
import type { RelayCommand } from '../../contract/relay-request.ts';
import type { PreparedCommand } from '../../mwaa/cli/environment-connection.ts';
import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import type { Caller } from '../../policy/caller.ts';
import { maskArgv, maskUnparsedArgv } from '../audit/mask-argv.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { prepareCommand } from '../command/prepare-command.ts';
import { toProblem } from '../middleware/to-problem.ts';
import type { RelayContext } from './relay-environment.ts';
import { writeIntent } from './relay-log.ts';

/**
 * Relays one command: parse, complete, authorize, render, send, read.
 *
 * @returns the body of a 200
 * @throws Problem, Refusal
 */
export async function relayCommand(
  relay: RelayContext,
  caller: Caller,
  command: RelayCommand,
): Promise<Record<string, unknown>> {
  const { environment, record } = relay;
  const { name, catalog } = environment;
  let prepared: PreparedCommand;
  try {
    prepared = prepareCommand({ environment: name, catalog, principal: caller.principal }, command);
  } catch (error) {
    record.command = maskUnparsedArgv(catalog, command.argv);
    throw error;
  }
  record.command = maskArgv(prepared.invocation);
  authorizeInvocation(environment, caller, [prepared.invocation], record);
  writeIntent(record);
  return executeCommand(relay, prepared, record).catch((error: unknown) => {
    if (error instanceof Problem || !prepared.retrySafe) throw error;
    const { code, message } = toProblem(error);
    throw new Problem(code, message, { ...prepared.responseMembers, retrySafe: true }, { cause: error });
  });
}
