import type { RunState } from './api-types.ts';
import { isForeignAnswer, ProxyProblem } from './proxy-problem.ts';
import { FOREIGN_ANSWERS } from './retry-rules.ts';
import { ConnectionError } from './send-http-request.ts';
import type { PollResult } from './wait-for-run.ts';
import { TRANSIENT_PROBLEMS } from './wait-rules.ts';

/**
 * Queries the state of a run once.
 *
 * @param readState as `MwaaCliProxyClient.runState` of this run
 * @throws ProxyProblem if polling again would not help: the command is not granted, or its output is too large
 */
export async function pollRun(
  readState: (signal: AbortSignal) => Promise<RunState>,
  signal: AbortSignal,
): Promise<PollResult> {
  try {
    return { run: await readState(signal) };
  } catch (error) {
    if (error instanceof ProxyProblem) return toPollResult(error);
    if (error instanceof ConnectionError) {
      return { transientError: `The proxy cannot be reached: ${(error.cause as Error).message}.` };
    }
    throw error;
  }
}

function toPollResult(error: ProxyProblem): PollResult {
  const { code, problem } = error;
  if (code === 'run-not-found') return { run: undefined };
  const isTransient =
    TRANSIENT_PROBLEMS.has(code) ||
    // An error of a server between the client and the API.
    isForeignAnswer(problem, FOREIGN_ANSWERS.repeated);
  // The text omits the request id, which differs each time, so that a repeated error is printed once.
  if (isTransient) return { transientError: problem.detail };
  throw error;
}
