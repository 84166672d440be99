/**
 * Airflow 2.10.3 in memory, for tests with more commands than real Airflows can run: a table of DAG runs, in which a run id is unique. Its output
 * is what a real 2.10.3 prints.
 */
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import type { AirflowResult, AirflowRunner } from '../../local/airflow/airflow-runner.ts';

export interface TableRun {
  readonly dag: string;
  readonly runId: string;
  /** JSON. */
  readonly conf: string;
  readonly date: string;
}

export interface RunTable {
  readonly runner: AirflowRunner;
  readonly runs: readonly TableRun[];
  addDag(name: string): void;
}

const LOADED =
  '[2026-11-29T17:00:14.115+0000] {__init__.py:43} INFO - Loaded API auth backend: airflow.api.auth.backend.session\n';

/** The frames by which the proxy recognizes an error of the command itself. */
const TRACEBACK = `Traceback (most recent call last):
  File "/usr/local/bin/airflow", line 12, in <module>
    sys.exit(main())
             ^^^^^^
  File "/usr/lib/python3.11/site-packages/airflow/__main__.py", line 62, in main
    args.func(args)
  File "/usr/lib/python3.11/site-packages/airflow/cli/commands/dag_command.py", line 147, in dag_trigger
    message = api_client.trigger_dag(
              ^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/site-packages/airflow/api/common/trigger_dag.py", line 87, in _trigger_dag
    raise DagRunAlreadyExists(dag_run=dag_run, execution_date=execution_date, run_id=run_id)
`;

export function createRunTable(dags: readonly string[]): RunTable {
  const known = new Set(dags);
  const runs: TableRun[] = [];
  const print = (stdout: string, stderr = '', exitCode = 0): AirflowResult => ({
    exitCode,
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(stderr),
  });
  const fail = (error: string) => print(LOADED, `${TRACEBACK}airflow.exceptions.${error}\n`, 1);
  const findOption = (words: readonly string[], name: string) =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const listNames = (words: readonly string[]) => words.filter((word) => !word.startsWith('--')).slice(2);

  const trigger = (words: readonly string[]): AirflowResult => {
    const [dag = ''] = listNames(words);
    const runId = findOption(words, 'run-id') ?? '';
    const conf = JSON.stringify(JSON.parse(findOption(words, 'conf') ?? '{}'));
    const now = Date.now();
    const date = `${new Date(now).toISOString().slice(0, 23)}${String(runs.length % 1000).padStart(3, '0')}+00:00`;
    if (!known.has(dag)) return fail(`DagNotFound: Dag id ${dag} not found in DagModel`);
    if (runs.some((run) => run.dag === dag && run.runId === runId))
      return fail(
        `DagRunAlreadyExists: A DAG Run already exists for DAG ${dag} at ${date.replace('T', ' ')} with run id ${runId}`,
      );
    runs.push({ dag, runId, conf, date });
    const moment = date.replace('T', ' ');
    const row = {
      conf: JSON.parse(conf),
      dag_id: dag,
      dag_run_id: runId,
      data_interval_start: moment,
      data_interval_end: moment,
      end_date: null,
      external_trigger: 'True',
      last_scheduling_decision: null,
      logical_date: moment,
      run_type: 'manual',
      start_date: null,
      state: 'queued',
    };
    return print(`${LOADED}${formatJson([row])}\n`);
  };

  const commands: Readonly<Record<string, (words: readonly string[]) => AirflowResult>> = {
    'dags trigger': trigger,
    'dags list': () =>
      print(
        `${formatJson([...known].map((dag_id) => ({ dag_id, fileloc: `/${dag_id}.py`, owners: ['x'], is_paused: 'False' })))}\n`,
      ),
    'tasks states-for-dag-run': (words) => {
      const [dag = '', runId = ''] = listNames(words);
      const run = runs.find((candidate) => candidate.dag === dag && candidate.runId === runId);
      if (run === undefined)
        return fail(`DagRunNotFound: DagRun for ${dag} with run_id or execution_date of '${runId}' not found`);
      const row = {
        dag_id: dag,
        execution_date: run.date,
        task_id: 'start',
        state: null,
        start_date: '',
        end_date: '',
      };
      return print(`${formatJson([row])}\n`);
    },
    'dags state': (words) => {
      const [dag = '', date = ''] = listNames(words);
      const run = runs.find((candidate) => candidate.dag === dag && candidate.date === date);
      return print(run === undefined ? 'None\n' : `queued, ${formatJson(JSON.parse(run.conf))}\n`);
    },
  };
  return {
    runs,
    addDag: (name) => void known.add(name),
    runner: {
      kind: 'replay',
      release: '2.10.3',
      async run(text) {
        const words = splitCommandLine(text);
        const command = commands[words.slice(0, 2).join(' ')];
        return command === undefined
          ? print('', `airflow command error: ${text}, see help above.\n`, 2)
          : command(words);
      },
      async close() {},
    },
  };
}

/** With the spaces of Python's `json`. */
function formatJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${formatJson(member)}`)
    .join(', ')}}`;
}
