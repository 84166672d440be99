import { Problem } from '../../contract/problem.ts';
import { createUnknownOutcomeProblem } from '../sent-problems.ts';
import { createBusyBackoff } from './busy-backoff.ts';
import {
  isBusyResponse,
  isCommandResponse,
  isRefusal,
  isRejection,
  type ReadResponse,
  readResponse,
} from './classify-response.ts';
import { diagnoseRejection } from './diagnose-rejection.ts';
import { postWithReconnect, type SendContext } from './post-with-reconnect.ts';
import type { SendCommand, Upstream } from './send-command-types.ts';
import { createBusyProblem, createNoStreamsProblem, createNotAllowedProblem } from './send-problems.ts';

/** Creates the function that sends commands to one environment. */
export function createSendCommand(upstream: Upstream): SendCommand {
  const { now = Date.now, remedies } = upstream;
  return async (command, signal) => {
    const trace = command.trace ?? {};
    try {
      const { response, afterMs } = await sendWithRetries({ upstream, command, trace, signal, now });
      const { streams } = response;
      if (!isCommandResponse(response) || streams === undefined)
        throw createNoStreamsProblem(command, response.status, afterMs);
      return { status: response.status, streams };
    } catch (error) {
      if (error instanceof Problem || command.readOnly || !trace.sent) throw error;
      throw createUnknownOutcomeProblem({ ...command, noun: 'command' }, `${remedies.subject} failed`, {
        cause: error,
      });
    }
  };
}

/**
 * Gets a token and posts the command. Returns the response and how long its post took. Retries only if it is certain that the command did not run: once with a new token after a
 * rejection, and with delays while MWAA is busy.
 */
async function sendWithRetries(context: SendContext): Promise<{ response: ReadResponse; afterMs: number }> {
  const { upstream, command, trace, signal, now } = context;
  const { requestTimeoutMs = Number.POSITIVE_INFINITY, busyRetryMs, random, wait } = upstream;
  const startedAt = now();
  const timeLeftMs = command.timeLeftMs ?? (() => requestTimeoutMs - (now() - startedAt));
  const waitWhileBusy = createBusyBackoff({ busyRetryMs, timeLeftMs, signal, now, random, wait });
  let renewed = false;
  for (;;) {
    const token = await upstream.tokens.get(signal);
    await upstream.beforePost?.();
    const postedAt = now();
    const response = readResponse(await postWithReconnect(context, token));
    if (isRefusal(response, command.commandLine)) {
      trace.sent = false;
      throw createNotAllowedProblem(response.status, command.problemMembers);
    }
    if (isRejection(response)) {
      trace.sent = false;
      if (renewed) throw await diagnoseRejection(context, token, response);
      upstream.tokens.invalidate(token);
      renewed = true;
    } else if (isBusyResponse(response)) {
      trace.sent = false;
      if (!(await waitWhileBusy())) throw createBusyProblem(command, response.status);
    } else {
      return { response, afterMs: now() - postedAt };
    }
  }
}
