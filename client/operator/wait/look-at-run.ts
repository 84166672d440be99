import type { Invocation } from '../../../airflow/invocation.ts';
import { renderWords } from '../../../airflow/render.ts';
import { runNamed } from '../../../airflow/run-state.ts';
import type { AirflowCli } from '../../airflow-cli.ts';
import { ProxyProblem } from '../../library/mwaa-cli-proxy.ts';
import type { Seen } from './wait-for-run.ts';

/** What passes by itself. A run goes on meanwhile: it is looked at again. */
const PASSING = new Set([
  ...['airflow-busy', 'airflow-unreachable', 'airflow-error', 'airflow-timeout', 'environment-not-available'],
  ...['token-throttled', 'token-unreachable', 'token-timeout', 'throttled', 'authorizer-failed'],
  ...['gateway-error', 'gateway-timeout', 'internal-error', 'outcome-unknown', 'outcome-unclear'],
]);

/** How Airflow says that there is no such DAG, and so no run of it: 2.x and 3.x, 1.10. */
const NO_SUCH_DAG = /DAG: .* does not exist in |Dag id .* not found/;

/**
 * Looks at a run once, by the command that lists the runs of its DAG.
 *
 * @throws ProxyProblem, where looking again is of no use: not granted, an answer too large
 */
export async function lookAtRun(
  cli: AirflowCli,
  listing: Invocation,
  runId: string,
  signal: AbortSignal,
): Promise<Seen> {
  try {
    const answer = await cli.run(renderWords(listing), { signal });
    // Without an answer there is no row either: that says nothing of the run.
    return answer.outcome === 'succeeded'
      ? { run: runNamed(answer, runId) }
      : { trouble: `The list of runs cannot be read: ${answer.evidence}.` };
  } catch (error) {
    if (error instanceof ProxyProblem) return seenIn(error);
    // So the library says that the API cannot be reached.
    if (error instanceof TypeError && error.cause !== undefined) {
      return { trouble: `The proxy cannot be reached: ${(error.cause as Error).message}.` };
    }
    throw error;
  }
}

function seenIn(error: ProxyProblem): Seen {
  const { code, problem } = error;
  if (code === 'command-failed' && NO_SUCH_DAG.test(`${problem.stdout} ${problem.stderr}`)) return { run: undefined };
  // An answer from something on the way has no type of ours.
  const passes =
    PASSING.has(code) || code === 'command-failed' || (problem.type === 'about:blank' && problem.status >= 500);
  // Without the id of the request, which is another at each look: the same trouble is told once.
  if (passes) return { trouble: problem.detail };
  throw error;
}
