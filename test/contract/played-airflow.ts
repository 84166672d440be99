/** A played Airflow 2.10: it knows which runs exist, and prints what Airflow prints. Everything else is replayed from recordings. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import type { AirflowResult, AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { getTranscriptFile, parseTranscript } from '../../local/airflow/transcript.ts';

interface PlayedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly conf: string;
  /** The logical date of the run: different for each run. */
  readonly date: string;
  /** The states that the next look-ups show. The last one stays. */
  readonly states: string[];
  startedAt: string | undefined;
}

/** Prefix of a run id that says which states its run has: `played--queued.running.success--1`. `none`: the run does not exist yet. */
export const PLAYED_RUN = 'played--';

/** A DAG whose commands take a while. */
export const SLOW_DAG = 'reporting_daily';
const SLOW_MS = 150;

/** A variable with a value of this many bytes: `variables get bytes-1000`. */
const BYTES_VARIABLE = /^bytes-(\d+)$/;

export const createPlayedAirflow = (runner: AirflowRunner): AirflowRunner => {
  const runs = new Map<string, PlayedRun>();
  const messages = readMessages(runner.release);
  let count = 0;

  function createRun(dagId: string, runId: string, conf: string, states: readonly string[]): PlayedRun {
    count += 1;
    const date = new Date(Date.UTC(2026, 0, 1) + count * 1000).toISOString().replace('.000Z', '.123456+00:00');
    const run = { dagId, runId, conf, date, states: [...states], startedAt: undefined };
    runs.set(JSON.stringify([dagId, runId]), run);
    return run;
  }

  /** A run that exists at this moment. */
  function findRun(dagId: string, runId: string): PlayedRun | undefined {
    const known = runs.get(JSON.stringify([dagId, runId]));
    const [, states] = new RegExp(`^${PLAYED_RUN}(.+?)--`).exec(runId) ?? [];
    const run = known ?? (states === undefined ? undefined : createRun(dagId, runId, '', states.split('.')));
    if (run?.states[0] !== 'none') return run;
    if (run.states.length > 1) run.states.shift();
    return undefined;
  }

  async function play(words: readonly string[]): Promise<AirflowResult | undefined> {
    const options = new Map(
      words.flatMap((word) => {
        const [, name, value = ''] = /^(--[\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
        return name === undefined ? [] : [[name, value] as const];
      }),
    );
    const [group, command, ...positionals] = words.filter((word) => !word.startsWith('--'));
    const [first = '', second = ''] = positionals;
    const option = (name: string) => options.get(name) ?? '';
    switch (`${group} ${command}`) {
      case 'dags trigger': {
        if (first === SLOW_DAG) await delay(SLOW_MS);
        const key = JSON.stringify([first, option('--run-id')]);
        const existing = runs.get(key);
        if (existing !== undefined) return createResult(1, '', messages.duplicate(existing));
        createRun(first, option('--run-id'), option('--conf'), ['queued']);
        return undefined;
      }
      case 'tasks states-for-dag-run': {
        const run = findRun(first, second);
        if (run === undefined) return createResult(1, '', messages.absent(second));
        const row = {
          dag_id: first,
          execution_date: run.date,
          task_id: 'collect',
          state: '',
          start_date: '',
          end_date: '',
        };
        return createResult(0, `${JSON.stringify([row])}\n`);
      }
      case 'dags list-runs': {
        const run = [...runs.values()].find(
          (one) => one.dagId === option('--dag-id') && one.date === option('--start-date'),
        );
        if (run === undefined) return undefined;
        const state = run.states.length > 1 ? run.states.shift()! : run.states[0]!;
        if (state === 'gone') {
          runs.delete(JSON.stringify([run.dagId, run.runId]));
          runs.set(JSON.stringify([run.dagId, run.runId]), { ...run, states: ['none'] });
          return createResult(0, '[]\n');
        }
        const row = {
          dag_id: run.dagId,
          run_id: run.runId,
          state,
          execution_date: run.date,
          start_date: run.date,
          end_date: state === 'success' || state === 'failed' ? run.date : '',
        };
        return createResult(0, `${JSON.stringify([row])}\n`);
      }
      case 'dags state': {
        const run = [...runs.values()].find((one) => one.dagId === first && one.date === second);
        return run && createResult(0, `${run.states[0]}${run.conf === '' ? '' : `, ${run.conf}`}\n`);
      }
      case 'variables get': {
        const [, bytes] = BYTES_VARIABLE.exec(first) ?? [];
        return bytes === undefined ? undefined : createResult(0, `${'x'.repeat(Number(bytes))}\n`);
      }
      default:
        return undefined;
    }
  }

  return {
    ...runner,
    async run(text, signal) {
      return (await play(splitCommandLine(text))) ?? runner.run(text, signal);
    },
  };
};

const createResult = (exitCode: number, stdout: string, stderr = ''): AirflowResult => ({
  exitCode,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
});

/** What Airflow prints for a run that exists already, and for one that does not exist. */
function readMessages(release: string) {
  const { recorded } = parseTranscript(readFileSync(getTranscriptFile(release), 'utf8'));
  const find = (...words: string[]): string =>
    recorded.find(
      ({ words: all, stderr }) => words.every((word) => all.includes(word)) && stderr.includes('Traceback'),
    )!.stderr;
  const duplicate = find('trigger', '--output=json', '--run-id=one', 'daily_report');
  const absent = find('states-for-dag-run', '--output=json', 'daily_report', 'nothing_like_it');
  return {
    duplicate: ({ dagId, runId }: PlayedRun) =>
      duplicate.replaceAll('daily_report', dagId).replace(/with run id one$/m, () => `with run id ${runId}`),
    absent: (runId: string) => absent.replaceAll('nothing_like_it', () => runId),
  };
}
