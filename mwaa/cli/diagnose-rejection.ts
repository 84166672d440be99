import type { Problem } from '../../contract/problem.ts';
import type { CliToken } from '../cli-token.ts';
import { NoResponseError } from '../connection/no-response-error.ts';
import { isCommandResponse, isRejection, type ReadResponse, readResponse } from './classify-response.ts';
import { postOnce, type SendContext } from './post-with-reconnect.ts';
import { createRejectedProblem, type RejectedPart } from './send-problems.ts';
import { VERSION_COMMAND_LINE } from './version-command.ts';

/**
 * Finds out why the web server rejects a command with a new token: posts the command `version`, which MWAA allows to everyone, with
 * the same token. If it runs, MWAA rejects the command; if it is rejected, MWAA rejects the token.
 */
export async function diagnoseRejection(
  context: SendContext,
  token: CliToken,
  rejection: ReadResponse,
): Promise<Problem> {
  const { command, upstream } = context;
  const createProblem = (part: RejectedPart) =>
    createRejectedProblem(command, rejection.status, part, upstream.remedies);
  if (command.commandLine === VERSION_COMMAND_LINE) return createProblem('token');
  const probe = await postOnce(context, token, VERSION_COMMAND_LINE).catch((error: unknown) => {
    if (error instanceof NoResponseError) return undefined;
    throw error;
  });
  if (probe === undefined) return createProblem('either');
  const answer = readResponse(probe);
  if (isRejection(answer)) return createProblem('token');
  const probeRan = isCommandResponse(answer) && answer.streams !== undefined;
  return createProblem(probeRan ? 'command' : 'either');
}
