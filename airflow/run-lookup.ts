import { type Catalog, findOption } from './catalog.ts';
import { findDagRunInText } from './dag-run-state.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { findLastOutputLine } from './log-lines.ts';
import { mayBeDate } from './may-be-date.ts';
import { parseInvocation } from './parse-invocation.ts';
import { Refusal } from './refusal.ts';

/** A run, by its DAG and its id. */
export interface RunReference {
  readonly dagId: string;
  readonly runId: string;
}

/** A DAG run, as Airflow's commands show it. A member is absent if the commands of the release do not show it. */
export interface FoundRun {
  /** `queued`, `running`, `success`, `failed`. */
  readonly state: string;
  /** ISO 8601. */
  readonly logicalDate?: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

/** What one command of a look-up printed. */
export interface RunOutput {
  /** The JSON value in standard output, or null. */
  readonly output: unknown;
  readonly stdout: string;
  /** Code of the environment may have printed it: the outcome is `unverified`. It is no evidence for the state of a run. */
  readonly isUnverified?: boolean;
}

/**
 * Runs one command of a look-up.
 *
 * @returns undefined if the command failed because there is no such run, DAG, or date: `saysNoSuchRun`
 * @throws if it failed for another reason, or if its outcome is not known
 */
export type RunQuery = (invocation: Invocation) => Promise<RunOutput | undefined>;

/** One way to find a run by its id, with the commands of a release. */
export interface RunLookup {
  /** Whether the size of its output is independent of the number of runs of the DAG. */
  readonly isBounded: boolean;
  /** The commands that it may run. The dates in them are examples. A caller needs a grant for each. */
  readonly commands: readonly Invocation[];
  /** @returns undefined if there is no such run; `unknown` if what Airflow printed does not show it */
  find(query: RunQuery): Promise<FoundRun | undefined | 'unknown'>;
}

/**
 * The ways to find a run by its id, the best one first. No release has a command that shows a run with all its dates by its id, so:
 *
 * | release    | bounded look-up                                                                                    |
 * | ---------- | -------------------------------------------------------------------------------------------------- |
 * | 1.10       | none: `list_dag_runs` has no filter by date, and `dag_state` shows no run id                         |
 * | 2.0        | none: AWS does not list `dags list-runs`, and no other command shows run ids                         |
 * | 2.2 - 2.11 | `dags list-runs`, from and to the logical date, which the run id or `tasks states-for-dag-run` shows |
 * | 3.x        | `dags state`, by run id. Filters by date never match a run without a logical date                    |
 *
 * Source: `dag_command.py`, `task_command.py`, and `DagRun.find` of each release. The filters `--start-date` and `--end-date` compare the
 * logical date, both inclusive. Where no bounded look-up is granted, all runs of the DAG are listed.
 *
 * @param exampleDate ISO 8601; stands for the logical date in `commands` if the run id does not show it
 * @returns an empty list if the release has none
 * @throws Refusal if the release does not accept the ids
 */
export function createRunLookups(catalog: Catalog, run: RunReference, exampleDate: string): RunLookup[] {
  const create = (argv: readonly string[]) => parseCommand(catalog, argv, run.dagId);
  const isListed = (name: string) => catalog.commands.some(({ path, listed }) => listed && path.join(' ') === name);
  if (isListed('list_dag_runs')) return [createTextLookup(create(['list_dag_runs', '--', run.dagId]), run)];
  if (!isListed('dags list-runs')) return [];
  const listRuns = (...filters: string[]) => {
    const command = catalog.commands.find(({ path }) => path.join(' ') === 'dags list-runs')!;
    const dag = findOption(command, '--dag-id') === undefined ? ['--', run.dagId] : [`--dag-id=${run.dagId}`];
    return create(['dags', 'list-runs', '--output=json', ...filters, ...dag]);
  };
  const listRunsAt = (date: string) => listRuns(`--start-date=${date}`, `--end-date=${date}`);
  const all = createListLookup(listRuns(), run);
  const stateCommand = catalog.commands.find(({ path }) => path.join(' ') === 'dags state');
  const showsStateByRunId = stateCommand?.arguments.some(({ dest }) => dest === 'logical_date_or_run_id');
  const bounded = showsStateByRunId
    ? createStateLookup(create(['dags', 'state', '--', run.dagId, run.runId]), listRunsAt, run)
    : createDateLookup(
        create(['tasks', 'states-for-dag-run', '--output=json', '--', run.dagId, run.runId]),
        listRunsAt,
        exampleDate,
        all,
        run,
      );
  return [bounded, all];
}

/** The best way to find a run by its id, whatever is granted. Undefined if there is none, or if the release does not accept the ids. */
export function findBestRunLookup(catalog: Catalog, run: RunReference): RunLookup | undefined {
  try {
    return createRunLookups(catalog, run, '2000-01-01T00:00:00Z')[0];
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/**
 * Parses a command like one of a caller: what the release would read as something else is refused.
 *
 * @throws Refusal
 */
function parseCommand(catalog: Catalog, argv: readonly string[], dagId: string): Invocation {
  const invocation = parseInvocation(catalog, argv);
  if (getArgumentValue(invocation, 'dag_id') === dagId || getArgumentValue(invocation, '--dag-id') === dagId)
    return invocation;
  throw new Refusal('invalid-value', 'The DAG id cannot be passed to Airflow. Check its spelling.');
}

/** 3.x. `dags state` prints `None`, or the state and the conf. It looks for the run id first, then reads the id as a logical date. */
function createStateLookup(
  state: Invocation,
  listRunsAt: (date: string) => Invocation,
  { runId }: RunReference,
): RunLookup {
  const namesakes = mayBeDate(runId) ? listRunsAt(runId) : undefined;
  return {
    isBounded: true,
    commands: namesakes === undefined ? [state] : [state, namesakes],
    async find(query) {
      const shown = await query(state);
      if (shown === undefined) return undefined;
      if (shown.isUnverified) return 'unknown';
      const [, text] = /^(\w+)(?:, .+)?$/s.exec(findLastOutputLine(shown.stdout)) ?? [];
      if (text === undefined) return 'unknown';
      if (text === 'None') return undefined;
      if (namesakes === undefined) return { state: text };
      // If no run has the logical date that Airflow reads in the run id, the run was found by its id.
      const listed = await query(namesakes);
      // Airflow cannot read the run id as a date.
      if (listed === undefined) return { state: text };
      const rows = readRows(listed);
      if (rows === undefined) return 'unknown';
      return rows.length === 0 ? { state: text } : (findRow(rows, runId) ?? 'unknown');
    },
  };
}

/**
 * 2.2 to 2.11. Each step checks the run id, because an id that contains a date need not be the id of the run with that date. No command
 * shows the date of a run without tasks, so it is looked for in the list of all runs.
 */
function createDateLookup(
  taskStates: Invocation,
  listRunsAt: (date: string) => Invocation,
  exampleDate: string,
  all: RunLookup,
  { runId }: RunReference,
): RunLookup {
  const hint = RUN_ID_DATE.exec(runId)?.[1];
  return {
    isBounded: true,
    commands: [taskStates, listRunsAt(hint ?? exampleDate)],
    async find(query) {
      const hintedRows = hint === undefined ? undefined : readRows(await query(listRunsAt(hint)));
      const hinted = findRow(hintedRows, runId);
      if (hinted !== undefined) return hinted;
      const tasks = await query(taskStates);
      if (tasks === undefined) return undefined;
      const taskRows = readRows(tasks);
      if (taskRows?.length === 0) return all.find(query);
      const date = taskRows?.[0]?.execution_date;
      if (typeof date !== 'string') return 'unknown';
      if (date === hint) return hintedRows === undefined ? 'unknown' : undefined;
      const rows = readRows(await query(listRunsAt(date)));
      return rows === undefined ? 'unknown' : findRow(rows, runId);
    },
  };
}

/** The logical date in a run id that Airflow made, as in `manual__2026-11-22T00:00:00+00:00`. */
const RUN_ID_DATE = /^[a-z_]+__(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d:\d\d)$/;

/** All runs of the DAG, as JSON. */
const createListLookup = (listRuns: Invocation, { runId }: RunReference): RunLookup => ({
  isBounded: false,
  commands: [listRuns],
  async find(query) {
    const shown = await query(listRuns);
    if (shown === undefined) return undefined;
    const rows = readRows(shown);
    return rows === undefined ? 'unknown' : findRow(rows, runId);
  },
});

/** All runs of the DAG, as text: 1.10. */
const createTextLookup = (listRuns: Invocation, { runId }: RunReference): RunLookup => ({
  isBounded: false,
  commands: [listRuns],
  async find(query) {
    const shown = await query(listRuns);
    // This table has no last line that shows that it is complete. A row with the id counts; a missing row says nothing.
    return shown && (findDagRunInText(shown.stdout, runId) ?? (shown.isUnverified ? 'unknown' : undefined));
  },
});

type Row = Readonly<Record<string, unknown>>;

/** The rows of a JSON list that is no other code's. Before 2.7, Airflow prints text instead of an empty list. */
export function readRows(shown: RunOutput | undefined): readonly Row[] | undefined {
  if (shown === undefined || shown.isUnverified) return undefined;
  if (Array.isArray(shown.output)) return shown.output;
  return findLastOutputLine(shown.stdout) === 'No data found' ? [] : undefined;
}

function findRow(rows: readonly Row[] | undefined, runId: string): FoundRun | undefined {
  const row = rows?.find(({ run_id: id }) => id === runId);
  if (row === undefined) return undefined;
  const pick = (name: string, value: unknown) => (value ? { [name]: String(value) } : {});
  return {
    state: String(row.state),
    ...pick('logicalDate', row.logical_date ?? row.execution_date),
    ...pick('startedAt', row.start_date),
    ...pick('endedAt', row.end_date),
  };
}
