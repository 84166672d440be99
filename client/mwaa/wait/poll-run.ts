import { findDagRun } from '../../../airflow/dag-run-state.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { renderArgv } from '../../../airflow/render-command-line.ts';
import type { AirflowCli } from '../../airflow-cli.ts';
import { ProxyProblem } from '../../library/proxy-problem.ts';
import type { PollResult } from './wait-for-run.ts';

/** Problems that may go away while the run continues. */
const TRANSIENT_PROBLEMS: ReadonlySet<string> = new Set([
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
]);

/** Airflow's messages if the DAG, and so the run, does not exist: 2.x and 3.x, 1.10. */
const NO_SUCH_DAG_MESSAGE = /DAG: .* does not exist in |Dag id .* not found/;

/**
 * Queries the state of a run once, with the command that lists the runs of its DAG.
 *
 * @throws ProxyProblem if polling again would not help: the command is not granted, or its output is too large
 */
export async function pollRun(
  cli: AirflowCli,
  listRuns: Invocation,
  runId: string,
  signal: AbortSignal,
): Promise<PollResult> {
  try {
    const result = await cli.run(renderArgv(listRuns), { signal });
    // Without a successful list, a missing row says nothing about the run.
    return result.outcome === 'succeeded'
      ? { run: findDagRun(result, runId) }
      : { transientError: `The list of runs cannot be read: ${result.evidence}.` };
  } catch (error) {
    if (error instanceof ProxyProblem) return toPollResult(error);
    // The error of the library if the API cannot be reached.
    if (error instanceof TypeError && error.cause !== undefined) {
      return { transientError: `The proxy cannot be reached: ${(error.cause as Error).message}.` };
    }
    throw error;
  }
}

function toPollResult(error: ProxyProblem): PollResult {
  const { code, problem } = error;
  if (code === 'command-failed' && NO_SUCH_DAG_MESSAGE.test(`${problem.stdout} ${problem.stderr}`))
    return { run: undefined };
  const isTransient =
    TRANSIENT_PROBLEMS.has(code) ||
    code === 'command-failed' ||
    // An error of a server between the client and the API.
    (problem.type === 'about:blank' && problem.status >= 500);
  // The text omits the request id, which differs each time, so that a repeated error is printed once.
  if (isTransient) return { transientError: problem.detail };
  throw error;
}
