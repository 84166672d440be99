import { parseArgs } from 'node:util';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { runInEnvironment } from './session.ts';
import { waitAndReport } from './wait/wait-and-report.ts';
import { parseWaitLimits, WAIT_EXIT_HELP, WAIT_OPTIONS, WAIT_OPTIONS_HELP } from './wait/wait-options.ts';

export const WAIT_USAGE = `Usage: mwaa wait [--environment NAME] [--timeout TIME] [--interval TIME] DAG RUN_ID

Waits until a DAG run has finished. Keeps polling if Airflow is busy or unreachable. Needs grants for the commands that show a run:
  Airflow 3           dags state reporting_* *
  Airflow 2.2 to 2.11 tasks states-for-dag-run reporting_* *
                      dags list-runs --dag-id=reporting_* --start-date=* --end-date=*
  Airflow 1.10        list_dag_runs reporting_*
With only "dags list-runs" for the DAG, each poll lists all of its runs. If the run fails, prints the command that shows its task logs,
and the failed tasks if "tasks states-for-dag-run" is granted.

  --environment NAME  name in the proxy's configuration; default ${SETTING_VARIABLES.environment}
${WAIT_OPTIONS_HELP}

  mwaa wait reporting_daily manual__2026-11-22T06:00:00+00:00
  mwaa wait --timeout 2h reporting_daily "$run" && ./publish

Exit codes: ${WAIT_EXIT_HELP}.
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
  if (!dagId || !runId || others.length > 0)
    throw new UsageError('Specify one run by the id of its DAG and its run id: mwaa wait DAG RUN_ID.');
  const limits = { ...parseWaitLimits(values), appearanceTimeoutMs: 0 };
  return runInEnvironment('wait', terminal, values.environment, signal(), async (session) => {
    const { catalog } = findNearestCatalog(COMMAND_CATALOGS, await session.cli.release(session.signal));
    const printVerdict = (text: string) => terminal.stdout(`${text}\n`);
    return waitAndReport({ session, catalog, run: { dagId, runId }, limits, printVerdict });
  });
}
