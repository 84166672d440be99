import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { createTaskStatesInvocation } from '../../airflow/dag-run-state.ts';
import {
  createListRunsInvocation,
  createRunStateInvocation,
  type DuplicateRunKind,
  findDuplicateRun,
  findRunRow,
  type RunRow,
} from '../../airflow/duplicate-run.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { findLastOutputLine } from '../../airflow/log-lines.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { findBestRunLookup, type RunReference, readRows } from '../../airflow/run-lookup.ts';
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
import { createRunQuery } from './look-up-run.ts';

/** The verdict of a trigger whose run was created by an earlier request. */
type ReplayedVerdict = Omit<Verdict, 'isNormalResult'> & { readonly replayed: true };

/**
 * Finds the run of a trigger that failed because Airflow reports an existing run. Airflow may mean another run with the same
 * logical date, even if the run with this id exists too: the database names the constraint that it checks first. So the run is always
 * looked up by its id, with commands whose output does not grow with the number of runs.
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

  const createdByProxy = [...invocation.addedByProxy].some(({ dest }) => dest === 'run_id');
  const run = { dagId, runId };
  const taskStates = createTaskStatesInvocation(connection.environment.catalog, dagId, runId);
  const found =
    taskStates === undefined
      ? await findRunByRepeating(connection, command, duplicate, run)
      : createdByProxy
        ? await findRunByTasks(connection, taskStates, run)
        : await findRunOfCaller(connection, run);
  if (found === 'absent' && duplicate !== 'run-id') throw createDateCollisionProblem(invocation, dagId);
  if (!createdByProxy) return undefined;
  // Without a list, the run id contains everything the trigger asks for.
  if (found === 'exists') return createReplayedVerdict('Airflow reports that a run with this id already exists', null);
  if (typeof found === 'object') {
    const { comparison, state } = keyedContent
      ? await compareWithRun(connection, invocation, keyedContent, found)
      : UNCOMPARED;
    const row = state === undefined ? found : { ...found, state };
    if (comparison === 'same') return createReplayedVerdict('Airflow shows the run', [row]);
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

/** A run without a key was created by this very request. */
const UNCOMPARED: RunMatch = { comparison: 'same' };

/** Finds the logical date of a run by its id, which the proxy made, so Airflow cannot read it as a date. */
async function findRunByTasks(
  connection: EnvironmentConnection,
  taskStates: Invocation,
  { dagId, runId }: RunReference,
): Promise<RunRow | 'absent' | 'unknown'> {
  const shown = await createRunQuery(connection)(taskStates).catch(returnUnknownForProblem);
  if (shown === undefined) return 'absent';
  if (shown === 'unknown') return 'unknown';
  const [task] = readRows(shown) ?? [];
  // A DAG without tasks.
  if (task === undefined) return findRunInListing(connection, { dagId, runId });
  const { execution_date, logical_date } = task;
  return {
    dag_id: dagId,
    run_id: runId,
    ...(logical_date === undefined ? { execution_date } : { logical_date }),
  };
}

/** Finds the row of a run in the list of all runs of its DAG. The caller gets only this row: it may have no grant for the list. */
async function findRunInListing(
  connection: EnvironmentConnection,
  { dagId, runId }: RunReference,
): Promise<RunRow | 'absent' | 'unknown'> {
  const listing = createListRunsInvocation(connection.environment.catalog, dagId);
  const result = listing && (await query(connection, listing));
  return result === undefined ? 'unknown' : (findRunRow(result.output, runId) ?? 'absent');
}

/** Finds a run by an id that its caller chose. */
async function findRunOfCaller(
  connection: EnvironmentConnection,
  run: RunReference,
): Promise<'exists' | 'absent' | 'unknown'> {
  const lookup = findBestRunLookup(connection.environment.catalog, run);
  const found =
    lookup === undefined ? 'unknown' : await lookup.find(createRunQuery(connection)).catch(returnUnknownForProblem);
  if (found === undefined) return 'absent';
  return found === 'unknown' ? 'unknown' : 'exists';
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
  { dagId, runId }: RunReference,
): Promise<'exists' | 'absent' | 'unknown'> {
  if (duplicate === 'run-id') return 'exists';
  if (getRequestedDate(invocation) === undefined) return 'absent';
  const repeat = { commandLine: renderCommandLine(invocation), readOnly: true, timeLeftMs };
  const response = await send(repeat, signal).catch(returnUndefinedForProblem);
  const repeated = response && findDuplicateRun(response.streams, dagId, runId);
  if (repeated === undefined) return 'unknown';
  return repeated === 'run-id' ? 'exists' : 'absent';
}

/** How a trigger compares with a run, and the state of the run if it was queried. */
interface RunMatch {
  readonly comparison: RunComparison;
  readonly state?: string | undefined;
}

/** Compares a trigger with the run that has its id. Asks Airflow for the conf only if the dates do not differ already. */
async function compareWithRun(
  connection: EnvironmentConnection,
  trigger: Invocation,
  content: TriggerContent,
  row: RunRow,
): Promise<RunMatch> {
  const dates = compareDates(trigger, content, row);
  if (dates !== 'same') return { comparison: dates };
  const stateCommand = createRunStateInvocation(connection.environment.catalog, content.dagId, row);
  // Before 2.4, this command reads DAG files, so a state without a conf is unverified.
  const state = stateCommand && (await query(connection, stateCommand, ['succeeded', 'unverified']));
  if (state === undefined) return { comparison: 'unknown' };
  return {
    comparison: compareConfs(content, state.stdout),
    state: /^\w+/.exec(findLastOutputLine(state.stdout))?.[0],
  };
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

function returnUnknownForProblem(error: unknown): 'unknown' {
  if (error instanceof Problem) return 'unknown';
  throw error;
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
