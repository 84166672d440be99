import type { Catalog } from '../../../airflow/catalog.ts';
import { Refusal } from '../../../airflow/refusal.ts';
import { renderArgv } from '../../../airflow/render-command-line.ts';
import { createRunLookups, type RunLookup, type RunReference } from '../../../airflow/run-lookup.ts';
import { EXIT_CODES, getExitCode } from '../../exit-codes.ts';
import { MwaaCliProxyClient } from '../../library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../../library/proxy-problem.ts';
import { TRANSIENT_PROBLEMS } from '../../library/wait-rules.ts';
import { UsageError } from '../../terminal.ts';
import type { Session } from '../session.ts';

/**
 * Checks before a trigger that its run can be waited for: that the release has a command for it, that it is granted, and, if its output
 * grows with the number of runs, that the output is not too large.
 *
 * @returns the exit code if it cannot. The reason is printed
 * @throws UsageError
 */
export async function checkRunIsWaitable(
  session: Session,
  catalog: Catalog,
  run: RunReference,
): Promise<number | undefined> {
  const lookups = createLookups(catalog, run);
  const chosen = await chooseGranted(session, lookups);
  if ('refusal' in chosen) {
    session.printMessage(`The trigger was not sent, because its run could not be polled. ${chosen.refusal}`);
    return EXIT_CODES.refused;
  }
  return chosen.isBounded ? undefined : tryLookup(session, run);
}

/** @throws UsageError if the release has none, or does not accept the ids */
function createLookups(catalog: Catalog, run: RunReference): RunLookup[] {
  try {
    const lookups = createRunLookups(catalog, run, new Date().toISOString());
    if (lookups.length > 0) return lookups;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
  throw new UsageError(
    `Waiting is not possible on Airflow ${catalog.airflow}: AWS supports no command of this release that shows runs by their ids. Trigger without --wait.`,
  );
}

/** The first look-up whose commands are all granted, or why the first one is not. Without a proxy there are no grants. */
async function chooseGranted(
  { settings, signal }: Session,
  lookups: readonly RunLookup[],
): Promise<RunLookup | { readonly refusal: string }> {
  const [best] = lookups;
  if (!('proxy' in settings)) return best!;
  const proxy = new MwaaCliProxyClient(settings.proxy, settings.environment);
  let refusal: string | undefined;
  for (const lookup of lookups) {
    const refused = await findRefusal(proxy, lookup, signal);
    if (refused === undefined) return lookup;
    refusal ??= refused;
  }
  return { refusal: refusal! };
}

async function findRefusal(
  proxy: MwaaCliProxyClient,
  { commands }: RunLookup,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const command of commands) {
    const explanation = await proxy.explain(renderArgv(command), { signal });
    if (!explanation.allowed) return explanation.refusal.detail;
  }
  return undefined;
}

/** Looks the run up once. A look-up that could succeed later is no reason not to trigger. */
async function tryLookup(
  { cli, settings, signal, printMessage }: Session,
  run: RunReference,
): Promise<number | undefined> {
  try {
    await cli.runState(run, { signal });
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    if (error.code === 'run-not-found' || TRANSIENT_PROBLEMS.has(error.code)) return undefined;
    printMessage(`The trigger was not sent, because its run could not be polled. ${error.problem.detail}`);
    return getExitCode(error, settings);
  }
  return undefined;
}
