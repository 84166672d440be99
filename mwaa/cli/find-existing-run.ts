import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import {
  createListRunsInvocation,
  createRunStateInvocation,
  type DuplicateRunKind,
  findDuplicateRun,
  findRunRow,
  type RunRow,
} from '../../airflow/duplicate-run.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { type CliStreams, stripAnsi } from '../../airflow/streams.ts';
import {
  compareConfs,
  compareDates,
  getRequestedDate,
  type RunComparison,
  type TriggerContent,
} from '../../airflow/trigger-content.ts';
import { determineVerdict, type Outcome, type Verdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import type { EnvironmentConnection, PreparedCommand } from './environment-connection.ts';

/** The verdict of a trigger whose run was created by an earlier request. */
type ReplayedVerdict = Omit<Verdict, 'isNormalResult'> & { readonly replayed: true };

/**
 * Finds the run of a trigger that failed because Airflow reports an existing run. Airflow may mean another run with the same
 * logical date, even if the run with this id exists too: the database names the constraint that it checks first. So the DAG's runs are
 * always listed.
 *
 * @returns the existing run if the proxy created its id and the run is what the trigger asks for, because then an earlier request of this
 *   caller created the run; undefined if the trigger failed for another reason, or if the caller chose the id
 * @throws Problem `logical-date-collision` if no run has the id; `key-reused` if its run is another than the trigger asks for;
 *   `outcome-unclear` if that cannot be determined
 */
export async function findExistingRun(
  connection: EnvironmentConnection,
  command: PreparedCommand,
  streams: CliStreams,
): Promise<ReplayedVerdict | undefined> {
  const { invocation, keyedContent, unknownOutcomeRemedy } = command;
  const runId = getRunId(invocation);
  const dagId = getArgumentValue(invocation, 'dag_id') ?? '';
  const duplicate = isTrigger(invocation) && runId !== undefined ? findDuplicateRun(streams, dagId, runId) : undefined;
  if (duplicate === undefined || runId === undefined) return undefined;

  const listing = createListRunsInvocation(connection.environment.catalog, dagId);
  const found =
    listing === undefined
      ? await findRunByRepeating(connection, command, duplicate, dagId, runId)
      : await findRunInListing(connection, listing, runId);
  if (found === 'absent' && duplicate !== 'run-id') throw createDateCollisionProblem(invocation, dagId);
  const createdByProxy = [...invocation.addedByProxy].some(({ dest }) => dest === 'run_id');
  if (!createdByProxy) return undefined;
  // Without a list, the run id contains everything the trigger asks for.
  if (found === 'exists') return createReplayedVerdict('Airflow reports that a run with this id already exists', null);
  if (typeof found === 'object') {
    const comparison = keyedContent ? await compareWithRun(connection, invocation, keyedContent, found) : 'same';
    if (comparison === 'same') return createReplayedVerdict('dags list-runs shows the run', [found]);
    if (comparison === 'different') throw createKeyReusedProblem(connection, dagId, found);
  }
  throw new Problem(
    'outcome-unclear',
    `Airflow reports an existing run, but Airflow's commands could not show which run it is. ${unknownOutcomeRemedy}`,
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
  connection: EnvironmentConnection,
  listing: Invocation,
  runId: string,
): Promise<RunRow | 'absent' | 'unknown'> {
  const result = await query(connection, listing);
  return result === undefined ? 'unknown' : (findRunRow(result.output, runId) ?? 'absent');
}

/**
 * Finds out whether a run exists on 1.10 and 2.0, which cannot list runs as JSON. They look for the run id before they create a run, and
 * their message names this exact id and no date. If the database rejected a run with a requested date instead, another trigger created a
 * run in the meantime: sent again, this one is rejected for its run id if that run has it. It never creates a second run.
 */
async function findRunByRepeating(
  { send, signal, timeLeftMs }: EnvironmentConnection,
  { invocation }: PreparedCommand,
  duplicate: DuplicateRunKind,
  dagId: string,
  runId: string,
): Promise<'exists' | 'absent' | 'unknown'> {
  if (duplicate === 'run-id') return 'exists';
  if (getRequestedDate(invocation) === undefined) return 'absent';
  const repeat = { commandLine: renderCommandLine(invocation), readOnly: true, timeLeftMs };
  const response = await send(repeat, signal).catch(returnUndefinedForProblem);
  const repeated = response && findDuplicateRun(response.streams, dagId, runId);
  if (repeated === undefined) return 'unknown';
  return repeated === 'run-id' ? 'exists' : 'absent';
}

/** Compares a trigger with the run that has its id. Asks Airflow for the conf only if the dates do not differ already. */
async function compareWithRun(
  connection: EnvironmentConnection,
  trigger: Invocation,
  content: TriggerContent,
  row: RunRow,
): Promise<RunComparison> {
  const dates = compareDates(trigger, content, row);
  if (dates !== 'same') return dates;
  const stateCommand = createRunStateInvocation(connection.environment.catalog, content.dagId, row);
  // Before 2.4, this command reads DAG files, so a state without a conf is unverified.
  const state = stateCommand && (await query(connection, stateCommand, ['succeeded', 'unverified']));
  return state === undefined ? 'unknown' : compareConfs(content, state.stdout);
}

/** Runs a command that changes nothing. @returns undefined if it has another outcome */
async function query(
  { environment, send, signal, timeLeftMs }: EnvironmentConnection,
  invocation: Invocation,
  outcomes: readonly Outcome[] = ['succeeded'],
) {
  const command = { commandLine: renderCommandLine(invocation), readOnly: true, timeLeftMs };
  const response = await send(command, signal).catch(returnUndefinedForProblem);
  if (response === undefined) return undefined;
  const { status, streams } = response;
  const { outcome, output } = determineVerdict(invocation, status, streams, environment.airflow);
  return outcomes.includes(outcome) ? { output, stdout: stripAnsi(streams.stdout) } : undefined;
}

function returnUndefinedForProblem(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
}

function createKeyReusedProblem({ environment }: EnvironmentConnection, dagId: string, row: RunRow): Problem {
  const state = createRunStateInvocation(environment.catalog, dagId, row);
  const detail =
    `The Idempotency-Key belongs to an earlier trigger of ${dagId} with another conf or logical date, which created run ` +
    `${row.run_id}. Nothing was run. Send this trigger with a new key. To see the earlier run: ${state && renderCommandLine(state)}`;
  return new Problem('key-reused', detail, { retrySafe: true });
}

function createDateCollisionProblem(invocation: Invocation, dagId: string): Problem {
  const reason = `${dagId} already has another run with this logical date, so Airflow created no run.`;
  return getRequestedDate(invocation) !== undefined
    ? new Problem('logical-date-collision', `${reason} Choose another date.`, { retrySafe: true })
    : new Problem(
        'logical-date-collision',
        `${reason} In this release, two triggers within one second get the same date. Send the trigger again.`,
        { retrySafe: true, retryAfterSeconds: 1 },
      );
}
