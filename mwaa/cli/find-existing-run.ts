import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { createListRunsInvocation, findDuplicateRun, findRunRow } from '../../airflow/duplicate-run.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import { determineVerdict, type Verdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import type { EnvironmentConnection } from './execute-command.ts';

/** A trigger whose run an earlier one had made. */
type ReplayedVerdict = Omit<Verdict, 'isNormalResult'> & { readonly replayed: true };

/**
 * A trigger failed, and Airflow says that a run is there already. Which one? Airflow's word may be of another run with the same
 * logical date, so the DAG's runs are listed.
 *
 * @returns the run that exists, where its id is one that the proxy makes and only this caller's request can have made;
 *   undefined, where the failure stands as it is
 * @throws Problem `logical-date-collision`, where no run has the id; `outcome-unclear`, where that cannot be told
 */
export async function findExistingRun(
  way: EnvironmentConnection,
  invocation: Invocation,
  streams: CliStreams,
  whereToLook: string,
): Promise<ReplayedVerdict | undefined> {
  const runId = getRunId(invocation);
  const dagId = getArgumentValue(invocation, 'dag_id') ?? '';
  const duplicate = isTrigger(invocation) && runId !== undefined ? findDuplicateRun(streams, dagId, runId) : undefined;
  if (duplicate === undefined || runId === undefined) return undefined;
  if (duplicate === 'date') throw createDateCollisionProblem(invocation, dagId);

  const listing = createListRunsInvocation(way.environment.catalog, dagId);
  const found = listing && (await findRunInListing(way, listing, runId));
  if (found === 'not there' && duplicate === 'either') throw createDateCollisionProblem(invocation, dagId);
  const isOurs = [...invocation.addedByProxy].some(({ dest }) => dest === 'run_id');
  if (!isOurs) return undefined;
  if (typeof found === 'object') return createReplayedVerdict('dags list-runs shows the run', [found]);
  // 1.10 and 2.0: nothing lists runs as JSON, and Airflow has looked for this very id and no date.
  if (listing === undefined && duplicate === 'run-id')
    return createReplayedVerdict('Airflow says that a run of this very id exists', null);
  throw new Problem(
    'outcome-unclear',
    `Airflow says that a run is there already, and dags list-runs could not show which one. ${whereToLook}`,
  );
}

const createReplayedVerdict = (evidence: string, output: unknown): ReplayedVerdict => ({
  outcome: 'succeeded',
  evidence: `${evidence}: an earlier request made it`,
  notes: [],
  output,
  replayed: true,
});

/** The run's row, as the DAG's runs are listed. Only it is shown: the listing itself may not be granted to the caller. */
async function findRunInListing(
  { environment, send, signal, timeLeftMs }: EnvironmentConnection,
  listing: Invocation,
  runId: string,
) {
  try {
    const { status, streams } = await send(
      { commandLine: renderCommandLine(listing), readOnly: true, timeLeftMs },
      signal,
    );
    const { outcome, output } = determineVerdict(listing, status, streams, environment.airflow);
    return outcome === 'succeeded' ? (findRunRow(output, runId) ?? 'not there') : 'not known';
  } catch (error) {
    if (error instanceof Problem) return 'not known';
    throw error;
  }
}

const LOGICAL_DATE_OPTIONS = ['--exec-date', '--exec_date', '--logical-date'];

function createDateCollisionProblem(invocation: Invocation, dagId: string): Problem {
  const chosen = LOGICAL_DATE_OPTIONS.some((option) => getArgumentValue(invocation, option) !== undefined);
  const what = `Airflow has another run of ${dagId} with this logical date, and made none.`;
  return chosen
    ? new Problem('logical-date-collision', `${what} Choose another date.`, { retrySafe: true })
    : new Problem(
        'logical-date-collision',
        `${what} Two triggers within one second have the same date in this release: send it again.`,
        { retrySafe: true, retryAfterSeconds: 1 },
      );
}
