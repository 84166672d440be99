import { parseArgs } from 'node:util';
import { isTrigger, runIdOf } from '../../airflow/complete.ts';
import { argumentValue, type Invocation } from '../../airflow/invocation.ts';
import { parse } from '../../airflow/parse.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { renderWords } from '../../airflow/render.ts';
import { catalogueNear } from '../../lib/config/catalogues.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { MwaaCliProxy, ProxyProblem, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import { VARIABLES } from '../settings.ts';
import { airflow } from '../shell/airflow.ts';
import { type Ran, runCommand } from '../shell/run-command.ts';
import { type Terminal, UsageFault } from '../terminal.ts';
import { inEnvironment, type Session } from './session.ts';
import { awaitRun, listingFor } from './wait/await-run.ts';
import { boundsFrom, WAIT_EXIT_HELP, WAIT_OPTIONS, WAIT_OPTIONS_HELP } from './wait-command.ts';

export const RUN_USAGE = `Usage: mwaa run [--environment NAME] [--output json] [--key KEY] -- COMMAND…
       mwaa run --wait [--timeout TIME] [--interval TIME] … -- dags trigger …

Runs one Airflow command, as "airflow COMMAND…" does: the same streams, the same exit codes.

  --environment NAME  as the proxy calls it; default ${VARIABLES.environment}
  --output json       print the proxy's whole answer, or the problem in its place, as one JSON object
  --key KEY           of a trigger: however often it is sent with this key, it is one run (Idempotency-Key); needs a proxy
  --wait              of a trigger: wait until the run has ended, as "mwaa wait" does
${WAIT_OPTIONS_HELP}

  mwaa run -- dags list -o json
  mwaa run --output json -- dags trigger reporting_daily | jq -r .runId
  mwaa run --wait --timeout 1h --key "build-$BUILD" -- dags trigger reporting_daily --conf '{"day": "2026-11-22"}'

Exit status: as of the airflow command (docs/clients.md). With --wait, once the run is triggered: ${WAIT_EXIT_HELP}.
`;

/** @throws UsageFault */
export async function runCommandOf(
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
  if (argv.length === 0) throw new UsageFault('Which command? Write it after "--".');
  const { environment, output, key, wait } = values;
  if (output !== undefined && output !== 'json') throw new UsageFault(`--output ${output}? There is json.`);
  if (wait && !isCalledTrigger(argv))
    throw new UsageFault('--wait is for "dags trigger": nothing else starts one run.');
  const bounds = boundsFrom(values);

  if (!wait && output === undefined && key === undefined) {
    const own = environment === undefined ? {} : { [VARIABLES.environment]: environment };
    return airflow(argv, { ...terminal, environment: { ...terminal.environment, ...own } }, signal());
  }
  return inEnvironment('run', terminal, environment, signal(), async (session) => {
    const options = { signal: session.signal, ...(key === undefined ? {} : { idempotencyKey: key }) };
    const run = () => (output === 'json' ? asJson(session, argv, options) : withStreams(session, argv, options));
    return wait ? runAndWait(session, argv, run, bounds) : (await run()).exitCode;
  });
}

/** By its name in any release: whether it is one in this release is known when the proxy has been asked. */
const isCalledTrigger = ([first, second]: readonly string[]): boolean =>
  first === 'trigger_dag' || (first === 'dags' && second === 'trigger');

const withStreams = ({ cli, settings, terminal, say }: Session, argv: readonly string[], options: RunOptions) =>
  runCommand(cli, settings, argv, { ...terminal, say }, options);

async function asJson(
  { cli, settings, terminal }: Session,
  argv: readonly string[],
  options: RunOptions,
): Promise<Ran> {
  try {
    const answer = await cli.run(argv, options);
    terminal.stdout(`${JSON.stringify(answer)}\n`);
    return { exitCode: answer.outcome === 'failed' ? EXIT.failed : EXIT.ok, answer };
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    terminal.stdout(`${JSON.stringify(error.problem)}\n`);
    return { exitCode: exitCodeOf(error, settings), problem: error };
  }
}

/** A command whose fate is open may still be running in MWAA for so long: the run may appear late. */
const APPEARS = 300_000;

async function runAndWait(
  session: Session,
  argv: readonly string[],
  run: () => Promise<Ran>,
  bounds: ReturnType<typeof boundsFrom>,
): Promise<number> {
  const { say } = session;
  const { catalogue } = catalogueNear(await session.cli.release(session.signal));
  const trigger = triggerIn(catalogue, argv);
  const dagId = argumentValue(trigger, 'dag_id')!;
  if (!(await mayBeSeen(session, listingFor(catalogue, dagId)))) return EXIT.refused;

  const { exitCode, answer, problem } = await run();
  const runId = answer?.runId ?? problem?.problem.runId ?? runIdOf(trigger);
  const isOpen = exitCode === EXIT.unknown;
  if (runId === undefined || !(isOpen || exitCode === EXIT.ok)) return exitCode;
  if (isOpen) say(`Whether there is a run is not known: looking for ${runId}.`);
  if (answer?.notes.includes('dag-is-paused')) say(`${dagId} is paused: the run waits until somebody unpauses it.`);
  return awaitRun(session, catalogue, { dagId, runId }, { ...bounds, appears: isOpen ? APPEARS : 0 }, say);
}

/** @throws UsageFault for what is no trigger of this release */
function triggerIn(catalogue: Parameters<typeof parse>[0], argv: readonly string[]): Invocation {
  try {
    const invocation = parse(catalogue, argv);
    if (isTrigger(invocation)) return invocation;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageFault(error.message, { cause: error });
  }
  throw new UsageFault('--wait is for "dags trigger": nothing else starts one run.');
}

/** A run that cannot be waited for is better not begun. Without a proxy there are no grants to ask. */
async function mayBeSeen({ settings, signal, say }: Session, listing: Invocation): Promise<boolean> {
  if (!('proxy' in settings)) return true;
  const explanation = await new MwaaCliProxy(settings.proxy, settings.environment).explain(renderWords(listing), {
    signal,
  });
  if (!explanation.allowed) say(`Nothing was sent: the run could not be waited for. ${explanation.refusal.detail}`);
  return explanation.allowed;
}
