import { setTimeout as delay } from 'node:timers/promises';
import type { Catalog } from '../../../airflow/catalog.ts';
import {
  createDagRunsInvocation,
  createTaskStatesInvocation,
  type DagRun,
  findFailedTasks,
} from '../../../airflow/dag-run-state.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { quoteWord, renderArgv } from '../../../airflow/render-command-line.ts';
import { toClientFailure } from '../../client-failure.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { ProxyProblem } from '../../library/mwaa-cli-proxy.ts';
import { UsageError } from '../../terminal.ts';
import { formatDuration } from '../duration.ts';
import type { Session } from '../session.ts';
import { formatTaskLogsCommand } from './format-task-logs-command.ts';
import { pollRun } from './poll-run.ts';
import { createProgress } from './progress.ts';
import { type Clock, type WaitLimits, type WaitResult, waitForRun } from './wait-for-run.ts';

/** Exit codes of waiting, beside those of the `airflow` command. */
export const WAIT_EXIT_CODES = {
  /** As `sysexits.h` has it for an input that is not there. */
  noRun: 66,
  /** As of `timeout(1)`. */
  timedOut: 124,
} as const;

/** A run to wait for. */
export interface RunReference {
  readonly dagId: string;
  readonly runId: string;
}

/** Whatever the clock of the process says. */
const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};

/**
 * The command that is waited by.
 *
 * @throws UsageError where the release has none
 */
export function createListRunsCommand(catalog: Catalog, dagId: string): Invocation {
  const listing = createDagRunsInvocation(catalog, dagId);
  if (listing !== undefined) return listing;
  throw new UsageError(`On Airflow ${catalog.airflow} no command that AWS runs shows a run by its id.`);
}

/**
 * Waits until a run has ended, and says what became of it.
 *
 * @param verdict told in one line how the run ended
 * @returns the exit code: 0 success, 1 failed; else why that is not known
 * @throws UsageError
 */
export async function waitAndReport(
  session: Session,
  catalog: Catalog,
  run: RunReference,
  bounds: WaitLimits,
  verdict: (text: string) => void,
  clock = PROCESS_CLOCK,
): Promise<number> {
  const { cli, printMessage, signal, terminal } = session;
  const listing = createListRunsCommand(catalog, run.dagId);
  const progress = createProgress(terminal, `${run.runId} of ${run.dagId}`);
  try {
    const look = (within: AbortSignal) => pollRun(cli, listing, run.runId, within);
    const startedAt = clock.now();
    const end = await waitForRun(look, bounds, progress, clock, signal);
    progress.clear();
    return await reportWaitResult(session, catalog, run, end, bounds, clock.now() - startedAt, verdict);
  } catch (error) {
    progress.clear();
    const { exitCode, text } = toClientFailure(error, session.settings, signal);
    printMessage(signal.aborted ? 'interrupted.' : text);
    printMessage(`The run goes on. To go on waiting: ${formatWaitCommand(session, run)}`);
    return exitCode;
  }
}

async function reportWaitResult(
  session: Session,
  catalog: Catalog,
  run: RunReference,
  end: WaitResult,
  bounds: WaitLimits,
  ms: number,
  verdict: (text: string) => void,
): Promise<number> {
  const { printMessage } = session;
  const what = `${run.runId} of ${run.dagId}`;
  switch (end.ended) {
    case 'success':
      verdict(`${what}: success, after ${formatDuration(ms)}.`);
      return EXIT_CODES.ok;
    case 'failed':
      verdict(`${what}: failed, after ${formatDuration(ms)}.`);
      await printTaskLogsHint(session, catalog, run, end.run);
      return EXIT_CODES.failed;
    case 'not there':
      printMessage(
        end.wasSeen ? `${what} is gone: somebody has deleted it.` : `There is no run ${run.runId} of ${run.dagId}.`,
      );
      return WAIT_EXIT_CODES.noRun;
    case 'timed out':
      printMessage(
        `${what}: not ended within ${formatDuration(bounds.timeoutMs)}, at last ${end.state ?? 'not seen'}. The run goes on.`,
      );
      if (end.state === 'queued') printMessage('It waits while its DAG is paused, or other runs are before it.');
      printMessage(`To go on waiting: ${formatWaitCommand(session, run)}`);
      return WAIT_EXIT_CODES.timedOut;
  }
}

/** Task logs are not in Airflow's command line: where they are, and of which task. */
async function printTaskLogsHint(
  session: Session,
  catalog: Catalog,
  run: RunReference,
  { startedAt }: DagRun,
): Promise<void> {
  const { printMessage, settings } = session;
  const failed = await fetchFailedTasks(session, catalog, run);
  if (failed.length > 0)
    printMessage(`Failed tasks: ${failed.slice(0, 10).join(', ')}${failed.length > 10 ? ' …' : ''}`);
  const taskId = failed.length === 1 ? failed[0] : undefined;
  const command = formatTaskLogsCommand(settings.environment, catalog, { ...run, startedAt, taskId });
  const name = 'proxy' in settings ? `, if MWAA too calls the environment ${settings.environment}` : '';
  printMessage(`Logs of its tasks are in CloudWatch Logs${name}:\n  ${command}`);
}

/** Told if it can be told: another command, which may not be granted. */
async function fetchFailedTasks(
  { cli, signal }: Session,
  catalog: Catalog,
  { dagId, runId }: RunReference,
): Promise<string[]> {
  const states = createTaskStatesInvocation(catalog, dagId, runId);
  if (states === undefined) return [];
  try {
    return findFailedTasks((await cli.run(renderArgv(states), { signal })).output);
  } catch (error) {
    if (error instanceof ProxyProblem || error instanceof TypeError || signal.aborted) return [];
    throw error;
  }
}

const formatWaitCommand = ({ settings }: Session, { dagId, runId }: RunReference): string =>
  `mwaa wait --environment ${quoteWord(settings.environment)} -- ${quoteWord(dagId)} ${quoteWord(runId)}`;
