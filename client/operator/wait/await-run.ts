import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue } from '../../../airflow/catalogue.ts';
import type { Invocation } from '../../../airflow/invocation.ts';
import { quote, renderWords } from '../../../airflow/render.ts';
import { failedTasksIn, type Run, runsOf, taskStatesOf } from '../../../airflow/run-state.ts';
import { EXIT } from '../../exit-codes.ts';
import { failureOf } from '../../failure.ts';
import { ProxyProblem } from '../../library/mwaa-cli-proxy.ts';
import { UsageFault } from '../../terminal.ts';
import { inWords } from '../duration.ts';
import type { Session } from '../session.ts';
import { lookAtRun } from './look-at-run.ts';
import { progressOn } from './progress.ts';
import { taskLogsCommand } from './task-logs.ts';
import { type Bounds, type Clock, type End, waitForRun } from './wait-for-run.ts';

/** Exit codes of waiting, beside those of the `airflow` command. */
export const WAIT_EXIT = {
  /** As `sysexits.h` has it for an input that is not there. */
  noRun: 66,
  /** As of `timeout(1)`. */
  timedOut: 124,
} as const;

/** A run to wait for. */
export interface Awaited {
  readonly dagId: string;
  readonly runId: string;
}

/** Whatever the clock of the process says. */
const CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => delay(ms, undefined, { signal }),
  random: Math.random,
};

/**
 * The command that is waited by.
 *
 * @throws UsageFault where the release has none
 */
export function listingFor(catalogue: Catalogue, dagId: string): Invocation {
  const listing = runsOf(catalogue, dagId);
  if (listing !== undefined) return listing;
  throw new UsageFault(`On Airflow ${catalogue.airflow} no command that AWS runs shows a run by its id.`);
}

/**
 * Waits until a run has ended, and says what became of it.
 *
 * @param verdict told in one line how the run ended
 * @returns the exit code: 0 success, 1 failed; else why that is not known
 * @throws UsageFault
 */
export async function awaitRun(
  session: Session,
  catalogue: Catalogue,
  run: Awaited,
  bounds: Bounds,
  verdict: (text: string) => void,
  clock = CLOCK,
): Promise<number> {
  const { cli, say, signal, terminal } = session;
  const listing = listingFor(catalogue, run.dagId);
  const progress = progressOn(terminal, `${run.runId} of ${run.dagId}`);
  try {
    const look = (within: AbortSignal) => lookAtRun(cli, listing, run.runId, within);
    const startedAt = clock.now();
    const end = await waitForRun(look, bounds, progress, clock, signal);
    progress.end();
    return await told(session, catalogue, run, end, bounds, clock.now() - startedAt, verdict);
  } catch (error) {
    progress.end();
    const { exitCode, text } = failureOf(error, session.settings, signal);
    say(signal.aborted ? 'interrupted.' : text);
    say(`The run goes on. To go on waiting: ${commandToWait(session, run)}`);
    return exitCode;
  }
}

async function told(
  session: Session,
  catalogue: Catalogue,
  run: Awaited,
  end: End,
  bounds: Bounds,
  ms: number,
  verdict: (text: string) => void,
): Promise<number> {
  const { say } = session;
  const what = `${run.runId} of ${run.dagId}`;
  switch (end.ended) {
    case 'success':
      verdict(`${what}: success, after ${inWords(ms)}.`);
      return EXIT.ok;
    case 'failed':
      verdict(`${what}: failed, after ${inWords(ms)}.`);
      await sayWhere(session, catalogue, run, end.run);
      return EXIT.failed;
    case 'not there':
      say(end.wasThere ? `${what} is gone: somebody has deleted it.` : `There is no run ${run.runId} of ${run.dagId}.`);
      return WAIT_EXIT.noRun;
    case 'timed out':
      say(`${what}: not ended within ${inWords(bounds.timeout)}, at last ${end.state ?? 'not seen'}. The run goes on.`);
      if (end.state === 'queued') say('It waits while its DAG is paused, or other runs are before it.');
      say(`To go on waiting: ${commandToWait(session, run)}`);
      return WAIT_EXIT.timedOut;
  }
}

/** Task logs are not in Airflow's command line: where they are, and of which task. */
async function sayWhere(session: Session, catalogue: Catalogue, run: Awaited, { startedAt }: Run): Promise<void> {
  const { say, settings } = session;
  const failed = await failedTasks(session, catalogue, run);
  if (failed.length > 0) say(`Failed tasks: ${failed.slice(0, 10).join(', ')}${failed.length > 10 ? ' …' : ''}`);
  const taskId = failed.length === 1 ? failed[0] : undefined;
  const command = taskLogsCommand(settings.environment, catalogue, { ...run, startedAt, taskId });
  const name = 'proxy' in settings ? `, if MWAA too calls the environment ${settings.environment}` : '';
  say(`Logs of its tasks are in CloudWatch Logs${name}:\n  ${command}`);
}

/** Told if it can be told: another command, which may not be granted. */
async function failedTasks(
  { cli, signal }: Session,
  catalogue: Catalogue,
  { dagId, runId }: Awaited,
): Promise<string[]> {
  const states = taskStatesOf(catalogue, dagId, runId);
  if (states === undefined) return [];
  try {
    return failedTasksIn((await cli.run(renderWords(states), { signal })).output);
  } catch (error) {
    if (error instanceof ProxyProblem || error instanceof TypeError || signal.aborted) return [];
    throw error;
  }
}

const commandToWait = ({ settings }: Session, { dagId, runId }: Awaited): string =>
  `mwaa wait --environment ${quote(settings.environment)} -- ${quote(dagId)} ${quote(runId)}`;
