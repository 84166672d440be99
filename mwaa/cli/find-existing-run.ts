import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { createListRunsInvocation, findDuplicateRun, findRunRow } from '../../airflow/duplicate-run.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import { determineVerdict, type Verdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import type { EnvironmentConnection } from './environment-connection.ts';

/** The verdict of a trigger whose run was created by an earlier request. */
type ReplayedVerdict = Omit<Verdict, 'isNormalResult'> & { readonly replayed: true };

/**
 * Finds the run of a trigger that failed because Airflow reports an existing run. Airflow may mean another run with the same
 * logical date, so the DAG's runs are listed.
 *
 * @returns the existing run if the proxy created its id, because then an earlier request of this caller created the run; undefined if
 *   the trigger failed for another reason, or if the caller chose the id
 * @throws Problem `logical-date-collision` if no run has the id; `outcome-unclear` if that cannot be determined
 */
export async function findExistingRun(
  connection: EnvironmentConnection,
  invocation: Invocation,
  streams: CliStreams,
  unknownOutcomeRemedy: string,
): Promise<ReplayedVerdict | undefined> {
  const runId = getRunId(invocation);
  const dagId = getArgumentValue(invocation, 'dag_id') ?? '';
  const duplicate = isTrigger(invocation) && runId !== undefined ? findDuplicateRun(streams, dagId, runId) : undefined;
  if (duplicate === undefined || runId === undefined) return undefined;
  if (duplicate === 'date') throw createDateCollisionProblem(invocation, dagId);

  const listing = createListRunsInvocation(connection.environment.catalog, dagId);
  const found = listing && (await findRunInListing(connection, listing, runId));
  if (found === 'absent' && duplicate === 'either') throw createDateCollisionProblem(invocation, dagId);
  const createdByProxy = [...invocation.addedByProxy].some(({ dest }) => dest === 'run_id');
  if (!createdByProxy) return undefined;
  if (typeof found === 'object') return createReplayedVerdict('dags list-runs shows the run', [found]);
  // Airflow 1.10 and 2.0 cannot list runs as JSON. Their message names this exact run id and no date.
  if (listing === undefined && duplicate === 'run-id')
    return createReplayedVerdict('Airflow reports that a run with this id already exists', null);
  throw new Problem(
    'outcome-unclear',
    `Airflow reports an existing run, but dags list-runs could not show which run it is. ${unknownOutcomeRemedy}`,
  );
}

const createReplayedVerdict = (evidence: string, output: unknown): ReplayedVerdict => ({
  outcome: 'succeeded',
  evidence: `${evidence}: an earlier request created it`,
  notes: [],
  output,
  replayed: true,
});

/** Finds the row of a run in the list of the DAG's runs. The caller gets only this row, because it may have no grant for the list. */
async function findRunInListing(
  { environment, send, signal, timeLeftMs }: EnvironmentConnection,
  listing: Invocation,
  runId: string,
) {
  try {
    const command = { commandLine: renderCommandLine(listing), readOnly: true, timeLeftMs };
    const { status, streams } = await send(command, signal);
    const { outcome, output } = determineVerdict(listing, status, streams, environment.airflow);
    return outcome === 'succeeded' ? (findRunRow(output, runId) ?? 'absent') : 'unknown';
  } catch (error) {
    if (error instanceof Problem) return 'unknown';
    throw error;
  }
}

const LOGICAL_DATE_OPTIONS = ['--exec-date', '--exec_date', '--logical-date'];

function createDateCollisionProblem(invocation: Invocation, dagId: string): Problem {
  const dateChosen = LOGICAL_DATE_OPTIONS.some((option) => getArgumentValue(invocation, option) !== undefined);
  const reason = `${dagId} already has another run with this logical date, so Airflow created no run.`;
  return dateChosen
    ? new Problem('logical-date-collision', `${reason} Choose another date.`, { retrySafe: true })
    : new Problem(
        'logical-date-collision',
        `${reason} In this release, two triggers within one second get the same date. Send the trigger again.`,
        { retrySafe: true, retryAfterSeconds: 1 },
      );
}
