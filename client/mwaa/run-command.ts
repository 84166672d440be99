import { parseArgs } from 'node:util';
import type { Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { getRunId, isTrigger, RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { getArgumentValue, type Invocation } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import { NO_WAIT, parseClientOptions, RAW, VERBOSE } from '../airflow/client-options.ts';
import { printNotes } from '../airflow/print-streams.ts';
import { runAirflow } from '../airflow/run-airflow.ts';
import { type CommandRun, runAndPrint } from '../airflow/run-and-print.ts';
import { EXIT_CODE_BY_OUTCOME, EXIT_CODES, getExitCode } from '../exit-codes.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { RunOptions } from '../library/request-command.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { createWaitNotice } from '../wait-notice.ts';
import { runInEnvironment, type Session } from './session.ts';
import { checkRunIsWaitable } from './wait/check-run-is-waitable.ts';
import { waitAndReport } from './wait/wait-and-report.ts';
import { parseWaitLimits, WAIT_EXIT_HELP, WAIT_OPTIONS, WAIT_OPTIONS_HELP } from './wait/wait-options.ts';

export const RUN_USAGE = `Usage: mwaa run [--environment NAME] [--output json|raw] [--verbose] [--key KEY] [--no-wait] -- COMMAND…
       mwaa run --wait [--timeout TIME] [--interval TIME] … -- dags trigger …

Runs one Airflow command, like "airflow COMMAND…": with the same exit codes, the command's answer on standard output, and everything
else on standard error.

  --environment NAME  name in the proxy's configuration; default ${SETTING_VARIABLES.environment}
  --output json       print the proxy's response, or its problem, as one JSON object
  --output raw        print both streams as Airflow printed them
  --verbose           print notices and warnings too; known ones are left out by default
  --key KEY           only for triggers: creates one run per key, however often it is sent (Idempotency-Key); needs a proxy
  --no-wait           fails at once if the environment has no free slot; not together with --wait
  --wait              only for triggers: waits until the run has finished, like "mwaa wait"
${WAIT_OPTIONS_HELP}

  mwaa run -- dags list -o json
  mwaa run --output json -- dags trigger reporting_daily | jq -r .runId
  mwaa run --wait --timeout 1h --key "build-$BUILD" -- dags trigger reporting_daily --conf '{"day": "2026-11-22"}'

Exit codes: as for the airflow command (docs/shell.md). With --wait, after the trigger:
${WAIT_EXIT_HELP}.
`;

const MISSING_COMMAND = 'No command. Write it after "--", as in: mwaa run -- dags list';
const NOT_A_TRIGGER = '--wait can be used only with "dags trigger": no other command creates a run.';

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
      'no-wait': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    terminal.stdout(RUN_USAGE);
    return 0;
  }
  const argv = end === -1 ? [] : args.slice(end + 1);
  if (argv.length === 0) throw new UsageError(MISSING_COMMAND);
  const { environment, output, key, wait } = values;
  if (output !== undefined && output !== 'json' && output !== 'raw')
    throw new UsageError(`--output ${output} is not supported. The values are json and raw.`);
  if (wait && !looksLikeTrigger(argv)) throw new UsageError(NOT_A_TRIGGER);
  if (wait && values['no-wait']) throw new UsageError(`${NO_WAIT} cannot be combined with --wait.`);
  const limits = parseWaitLimits(values);

  const clientOptions = parseClientOptions([
    ...(values['no-wait'] ? [NO_WAIT] : []),
    ...(values.verbose ? [VERBOSE] : []),
    ...(output === 'raw' ? [RAW] : []),
  ]);
  const adapted = { ...terminal, environment: { ...terminal.environment, ...clientOptions.variables } };
  if (!wait && output !== 'json' && key === undefined) {
    const override = environment === undefined ? {} : { [SETTING_VARIABLES.environment]: environment };
    return runAirflow(argv, { ...adapted, environment: { ...adapted.environment, ...override } }, signal());
  }
  return runInEnvironment('run', adapted, environment, signal(), async (session) => {
    const options = {
      signal: session.signal,
      ...createWaitNotice(terminal, session.printMessage),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    };
    const run = () => (output === 'json' ? runAsJson(session, argv, options) : runWithStreams(session, argv, options));
    return wait ? runAndWait(session, argv, run, limits) : (await run()).exitCode;
  });
}

/** Whether the words name a trigger in any release. `parseTrigger` checks the release of the environment. */
const looksLikeTrigger = ([first, second]: readonly string[]): boolean =>
  first === 'trigger_dag' || (first === 'dags' && second === 'trigger');

const runWithStreams = (
  { cli, settings, terminal, printMessage }: Session,
  argv: readonly string[],
  options: RunOptions,
) => runAndPrint(cli, settings, argv, { ...terminal, printMessage }, options);

async function runAsJson(
  { cli, settings, terminal, printMessage }: Session,
  argv: readonly string[],
  options: RunOptions,
): Promise<CommandRun> {
  try {
    const result = await cli.run(argv, options);
    terminal.stdout(`${JSON.stringify(result)}\n`);
    printNotes(result, settings.streamMode, printMessage);
    return { exitCode: EXIT_CODE_BY_OUTCOME[result.outcome], result };
  } catch (error) {
    if (!(error instanceof ProxyProblem) || options.signal?.aborted) throw error;
    terminal.stdout(`${JSON.stringify(error.problem)}\n`);
    return { exitCode: getExitCode(error, settings), problem: error };
  }
}

/** Like a run id that the proxy makes. No run has it. */
const EXAMPLE_RUN_ID = `${RUN_ID_PREFIX}request-00000000-0000-0000-0000-000000000000`;

/** After an unknown outcome the command may still be running in MWAA, and create the run this much later. */
const APPEARANCE_TIMEOUT_MS = 300_000;

async function runAndWait(
  session: Session,
  argv: readonly string[],
  send: () => Promise<CommandRun>,
  limits: ReturnType<typeof parseWaitLimits>,
): Promise<number> {
  const { printMessage } = session;
  const { catalog } = findNearestCatalog(COMMAND_CATALOGS, await session.cli.release(session.signal));
  const trigger = parseTrigger(catalog, argv);
  const dagId = getArgumentValue(trigger, 'dag_id')!;
  const run = { dagId, runId: getRunId(trigger) ?? EXAMPLE_RUN_ID };
  const refused = await checkRunIsWaitable(session, catalog, run);
  if (refused !== undefined) return refused;

  const { exitCode, result, problem } = await send();
  const runId = result?.runId ?? problem?.problem.runId ?? getRunId(trigger);
  const isUnknown = exitCode === EXIT_CODES.unknown;
  if (runId === undefined || !(isUnknown || exitCode === EXIT_CODES.ok)) return exitCode;
  if (isUnknown) printMessage(`It is unknown whether the run was created: looking for ${runId}.`);
  return waitAndReport({
    session,
    catalog,
    run: { dagId, runId },
    limits: { ...limits, appearanceTimeoutMs: isUnknown ? APPEARANCE_TIMEOUT_MS : 0 },
    printVerdict: printMessage,
  });
}

/** @throws UsageError if the release does not accept the words as a trigger */
function parseTrigger(catalog: Catalog, argv: readonly string[]): Invocation {
  try {
    const invocation = parseInvocation(catalog, argv);
    if (isTrigger(invocation)) return invocation;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
  throw new UsageError(NOT_A_TRIGGER);
}
