import { parseArgs } from 'node:util';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { runAirflow } from '../airflow/run-airflow.ts';
import { type CommandRun, runAndPrint } from '../airflow/run-and-print.ts';
import { EXIT_CODES, getExitCode } from '../exit-codes.ts';
import { MwaaCliProxy, ProxyProblem, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import { SETTING_VARIABLES } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { runInEnvironment, type Session } from './session.ts';
import { createListRunsCommand, waitAndReport } from './wait/wait-and-report.ts';
import { parseWaitLimits, WAIT_EXIT_HELP, WAIT_OPTIONS, WAIT_OPTIONS_HELP } from './wait-command.ts';

export const RUN_USAGE = `Usage: mwaa run [--environment NAME] [--output json] [--key KEY] -- COMMAND…
       mwaa run --wait [--timeout TIME] [--interval TIME] … -- dags trigger …

Runs one Airflow command, as "airflow COMMAND…" does: the same streams, the same exit codes.

  --environment NAME  as the proxy calls it; default ${SETTING_VARIABLES.environment}
  --output json       print the proxy's whole answer, or the problem in its place, as one JSON object
  --key KEY           of a trigger: however often it is sent with this key, it is one run (Idempotency-Key); needs a proxy
  --wait              of a trigger: wait until the run has ended, as "mwaa wait" does
${WAIT_OPTIONS_HELP}

  mwaa run -- dags list -o json
  mwaa run --output json -- dags trigger reporting_daily | jq -r .runId
  mwaa run --wait --timeout 1h --key "build-$BUILD" -- dags trigger reporting_daily --conf '{"day": "2026-11-22"}'

Exit status: as of the airflow command (docs/shell.md). With --wait, once the run is triggered: ${WAIT_EXIT_HELP}.
`;

/** @throws UsageError */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  signal: () => AbortSignal,
): Promise<number> {
  const end = args.indexOf('--');
  const { values } = parseArgs({
    args: args.slice(0, end === -1 ? undefined : end),
    options: {
      ...WAIT_OPTIONS,
      environment: { type: 'string' },
      output: { type: 'string' },
      key: { type: 'string' },
      wait: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    terminal.stdout(RUN_USAGE);
    return 0;
  }
  const argv = end === -1 ? [] : args.slice(end + 1);
  if (argv.length === 0) throw new UsageError('Which command? Write it after "--".');
  const { environment, output, key, wait } = values;
  if (output !== undefined && output !== 'json') throw new UsageError(`--output ${output}? There is json.`);
  if (wait && !looksLikeTrigger(argv))
    throw new UsageError('--wait is for "dags trigger": nothing else starts one run.');
  const bounds = parseWaitLimits(values);

  if (!wait && output === undefined && key === undefined) {
    const own = environment === undefined ? {} : { [SETTING_VARIABLES.environment]: environment };
    return runAirflow(argv, { ...terminal, environment: { ...terminal.environment, ...own } }, signal());
  }
  return runInEnvironment('run', terminal, environment, signal(), async (session) => {
    const options = { signal: session.signal, ...(key === undefined ? {} : { idempotencyKey: key }) };
    const run = () => (output === 'json' ? runAsJson(session, argv, options) : runWithStreams(session, argv, options));
    return wait ? runAndWait(session, argv, run, bounds) : (await run()).exitCode;
  });
}

/** By its name in any release: whether it is one in this release is known when the proxy has been asked. */
const looksLikeTrigger = ([first, second]: readonly string[]): boolean =>
  first === 'trigger_dag' || (first === 'dags' && second === 'trigger');

const runWithStreams = (
  { cli, settings, terminal, printMessage }: Session,
  argv: readonly string[],
  options: RunOptions,
) => runAndPrint(cli, settings, argv, { ...terminal, printMessage }, options);

async function runAsJson(
  { cli, settings, terminal }: Session,
  argv: readonly string[],
  options: RunOptions,
): Promise<CommandRun> {
  try {
    const answer = await cli.run(argv, options);
    terminal.stdout(`${JSON.stringify(answer)}\n`);
    return { exitCode: answer.outcome === 'failed' ? EXIT_CODES.failed : EXIT_CODES.ok, result: answer };
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    terminal.stdout(`${JSON.stringify(error.problem)}\n`);
    return { exitCode: getExitCode(error, settings), problem: error };
  }
}

/** A command whose fate is open may still be running in MWAA for so long: the run may appear late. */
const APPEARANCE_TIMEOUT_MS = 300_000;

async function runAndWait(
  session: Session,
  argv: readonly string[],
  run: () => Promise<CommandRun>,
  bounds: ReturnType<typeof parseWaitLimits>,
): Promise<number> {
  const { printMessage } = session;
  const { catalog } = findNearestCatalog(CATALOGS, await session.cli.release(session.signal));
  const trigger = parseTrigger(catalog, argv);
  const dagId = getArgumentValue(trigger, 'dag_id')!;
  if (!(await checkRunsAreListable(session, createListRunsCommand(catalog, dagId)))) return EXIT_CODES.refused;

  const { exitCode, result, problem } = await run();
  const runId = result?.runId ?? problem?.problem.runId ?? getRunId(trigger);
  const isOpen = exitCode === EXIT_CODES.unknown;
  if (runId === undefined || !(isOpen || exitCode === EXIT_CODES.ok)) return exitCode;
  if (isOpen) printMessage(`Whether there is a run is not known: looking for ${runId}.`);
  if (result?.notes.includes('dag-is-paused'))
    printMessage(`${dagId} is paused: the run waits until somebody unpauses it.`);
  return waitAndReport(
    session,
    catalog,
    { dagId, runId },
    { ...bounds, appearanceTimeoutMs: isOpen ? APPEARANCE_TIMEOUT_MS : 0 },
    printMessage,
  );
}

/** @throws UsageError for what is no trigger of this release */
function parseTrigger(catalog: Parameters<typeof parseInvocation>[0], argv: readonly string[]): Invocation {
  try {
    const invocation = parseInvocation(catalog, argv);
    if (isTrigger(invocation)) return invocation;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
  throw new UsageError('--wait is for "dags trigger": nothing else starts one run.');
}

/** A run that cannot be waited for is better not begun. Without a proxy there are no grants to ask. */
async function checkRunsAreListable(
  { settings, signal, printMessage }: Session,
  listing: Invocation,
): Promise<boolean> {
  if (!('proxy' in settings)) return true;
  const explanation = await new MwaaCliProxy(settings.proxy, settings.environment).explain(renderArgv(listing), {
    signal,
  });
  if (!explanation.allowed)
    printMessage(`Nothing was sent: the run could not be waited for. ${explanation.refusal.detail}`);
  return explanation.allowed;
}
