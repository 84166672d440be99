import type { RunState } from './api-types.ts';
import { ProxyProblem } from './proxy-problem.ts';
import { ConnectionError } from './send-http-request.ts';
import type { PollResult } from './wait-for-run.ts';

/** Problems that may go away while the run continues. */
export const TRANSIENT_PROBLEMS: ReadonlySet<string> = new Set([
  'busy',
  'relay-unavailable',
  'relay-failed',
  'airflow-busy',
  'airflow-unreachable',
  'airflow-error',
  'airflow-timeout',
  'environment-not-available',
  'token-throttled',
  'token-unreachable',
  'token-timeout',
  'throttled',
  'authorizer-failed',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
  'outcome-unknown',
  'outcome-unclear',
  'command-failed',
]);

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
    (problem.type === 'about:blank' && problem.status >= 500);
  // The text omits the request id, which differs each time, so that a repeated error is printed once.
  if (isTransient) return { transientError: problem.detail };
  throw error;
}
