import { findDagRun } from '../../../airflow/dag-run-state.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { renderArgv } from '../../../airflow/render-command-line.ts';
import type { AirflowCli } from '../../airflow/create-airflow-cli.ts';
import { ProxyProblem } from '../../library/mwaa-cli-proxy.ts';
import type { PollResult } from './wait-for-run.ts';

/** What passes by itself. A run goes on meanwhile: it is looked at again. */
const TRANSIENT_PROBLEMS = new Set([
  ...['airflow-busy', 'airflow-unreachable', 'airflow-error', 'airflow-timeout', 'environment-not-available'],
  ...['token-throttled', 'token-unreachable', 'token-timeout', 'throttled', 'authorizer-failed'],
  ...['gateway-error', 'gateway-timeout', 'internal-error', 'outcome-unknown', 'outcome-unclear'],
]);

/** How Airflow says that there is no such DAG, and so no run of it: 2.x and 3.x, 1.10. */
const NO_SUCH_DAG_MESSAGE = /DAG: .* does not exist in |Dag id .* not found/;

/**
 * Looks at a run once, by the command that lists the runs of its DAG.
 *
 * @throws ProxyProblem, where looking again is of no use: not granted, an answer too large
 */
export async function pollRun(
  cli: AirflowCli,
  listing: Invocation,
  runId: string,
  signal: AbortSignal,
): Promise<PollResult> {
  try {
    const answer = await cli.run(renderArgv(listing), { signal });
    // Without an answer there is no row either: that says nothing of the run.
    return answer.outcome === 'succeeded'
      ? { run: findDagRun(answer, runId) }
      : { transientError: `The list of runs cannot be read: ${answer.evidence}.` };
  } catch (error) {
    if (error instanceof ProxyProblem) return toPollResult(error);
    // So the library says that the API cannot be reached.
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
  // An answer from something on the way has no type of ours.
  const passes =
    TRANSIENT_PROBLEMS.has(code) ||
    code === 'command-failed' ||
    (problem.type === 'about:blank' && problem.status >= 500);
  // Without the id of the request, which is another at each look: the same trouble is told once.
  if (passes) return { transientError: problem.detail };
  throw error;
}
