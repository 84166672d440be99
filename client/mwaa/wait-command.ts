import { parseArgs } from 'node:util';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { parseDuration } from './duration.ts';
import { runInEnvironment } from './session.ts';
import { waitAndReport } from './wait/wait-and-report.ts';
import type { WaitLimits } from './wait/wait-for-run.ts';

/** The options of waiting, wherever something is waited for. */
export const WAIT_OPTIONS = {
  timeout: { type: 'string', default: '30m' },
  interval: { type: 'string', default: '5s' },
} as const;

export const WAIT_OPTIONS_HELP = `  --timeout TIME      give up after this time, as in 90s, 30m or 2h; default 30m. The run goes on
  --interval TIME     the first pause between two looks; default 5s. Pauses grow by half, up to a minute`;

export const WAIT_EXIT_HELP = `0 the run succeeded, 1 it failed, 2 bad usage, 66 there is no such run, 124 the time is up, 130 Ctrl-C; any
other as the airflow command has it (docs/shell.md)`;

export const WAIT_USAGE = `Usage: mwaa wait [--environment NAME] [--timeout TIME] [--interval TIME] DAG RUN_ID

Waits until a run has ended. It is looked at by the command "dags list-runs" for its DAG (on Airflow 1.10 "list_dag_runs"), which must
be granted to you, as in "dags list-runs --dag-id=reporting_*" (on Airflow 3 "dags list-runs reporting_*"). A busy or unreachable
Airflow is waited out. Of a failed run it says where the logs of its tasks are, and which tasks failed, if "tasks states-for-dag-run" is
granted too.

  --environment NAME  as the proxy calls it; default MWAA_ENVIRONMENT
${WAIT_OPTIONS_HELP}

  mwaa wait reporting_daily manual__2026-11-22T06:00:00+00:00
  mwaa wait --timeout 2h reporting_daily "$run" && ./publish

Exit status: ${WAIT_EXIT_HELP}.
`;

/** @throws UsageError */
export async function waitCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...WAIT_OPTIONS, environment: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    terminal.stdout(WAIT_USAGE);
    return 0;
  }
  const [dagId, runId, ...others] = positionals;
  if (!dagId || !runId || others.length > 0) throw new UsageError('Which run? Write the DAG and the id of the run.');
  const bounds = { ...parseWaitLimits(values), appearanceTimeoutMs: 0 };
  const answer = (text: string) => terminal.stdout(`${text}\n`);
  return runInEnvironment('wait', terminal, values.environment, signal(), async (session) => {
    const { catalog } = findNearestCatalog(CATALOGS, await session.cli.release(session.signal));
    return waitAndReport(session, catalog, { dagId, runId }, bounds, answer);
  });
}

/** @throws UsageError */
export const parseWaitLimits = ({
  timeout,
  interval,
}: {
  timeout: string;
  interval: string;
}): Omit<WaitLimits, 'appearanceTimeoutMs'> => ({
  timeoutMs: parseDuration(timeout, '--timeout'),
  initialIntervalMs: parseDuration(interval, '--interval'),
});
