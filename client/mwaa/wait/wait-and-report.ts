import type { Catalog } from '../../../airflow/catalog.ts';
import { quoteWord } from '../../../airflow/render-command-line.ts';
import type { RunReference } from '../../../airflow/run-lookup.ts';
import { toClientFailure } from '../../client-failure.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { pollRun } from '../../library/poll-run.ts';
import {
  PROCESS_CLOCK,
  type WaitLimits,
  type WaitObserver,
  type WaitResult,
  waitForRun,
} from '../../library/wait-for-run.ts';
import { formatDuration } from '../duration.ts';
import type { Session } from '../session.ts';
import { formatRun } from './format-run.ts';
import { createProgress, type Progress } from './progress.ts';
import { printTaskLogsHint } from './task-logs.ts';
import { WAIT_EXIT_CODES } from './wait-exit-codes.ts';

const QUEUED_HINT = 'A run stays queued while its DAG is paused, or while other runs are ahead of it.';
/** After this long, a wait that still has its run queued says why that can be. */
const QUEUED_HINT_MS = 30_000;

/** A run to wait for, and how. */
export interface WaitTask {
  readonly session: Session;
  readonly catalog: Catalog;
  readonly run: RunReference;
  readonly limits: WaitLimits;
  /** Prints how the run ended, in one line. */
  printVerdict(text: string): void;
}

/**
 * Waits until a run has finished, and reports how it ended.
 *
 * @returns the exit code: 0 success, 1 failed; any other: the state is unknown
 */
export async function waitAndReport(task: WaitTask, clock = PROCESS_CLOCK): Promise<number> {
  const { session, run, limits } = task;
  const { cli, printMessage, signal, terminal } = session;
  const progress = createProgress(terminal, formatRun(run));
  try {
    const startedAt = clock.now();
    const poll = (pollSignal: AbortSignal) =>
      pollRun((aborting) => cli.runState(run, { signal: aborting }), pollSignal);
    const result = await waitForRun(poll, limits, hintWhenQueued(task, progress), clock, signal);
    progress.clear();
    return await reportWaitResult(task, result, clock.now() - startedAt);
  } catch (error) {
    progress.clear();
    const { exitCode, text } = toClientFailure(error, session.settings, signal);
    printMessage(signal.aborted ? 'interrupted.' : text);
    printMessage(`The run continues. To keep waiting: ${formatWaitCommand(session, run)}`);
    return exitCode;
  }
}

/** Explains a run that stays queued, once. */
function hintWhenQueued({ session }: WaitTask, progress: Progress): WaitObserver {
  let isHinted = false;
  return {
    ...progress,
    onState(state, sinceMs) {
      if (state === 'queued' && sinceMs >= QUEUED_HINT_MS && !isHinted) {
        isHinted = true;
        progress.clear();
        session.printMessage(QUEUED_HINT);
      }
      progress.onState(state, sinceMs);
    },
  };
}

async function reportWaitResult(task: WaitTask, result: WaitResult, durationMs: number): Promise<number> {
  const { session, catalog, run, limits } = task;
  const { printMessage } = session;
  const subject = formatRun(run);
  switch (result.ended) {
    case 'success':
      task.printVerdict(`${subject}: success after ${formatDuration(durationMs)}.`);
      return EXIT_CODES.ok;
    case 'failed':
      task.printVerdict(`${subject}: failed after ${formatDuration(durationMs)}.`);
      await printTaskLogsHint(session, catalog, run, result.run.startedAt);
      return EXIT_CODES.failed;
    case 'not found':
      printMessage(
        result.wasSeen
          ? `${subject} no longer exists: it was deleted while waiting.`
          : `There is no run ${run.runId} of DAG ${run.dagId}.`,
      );
      return WAIT_EXIT_CODES.noRun;
    case 'timed out':
      printMessage(
        `${subject}: not finished after ${formatDuration(limits.timeoutMs)}, last state: ${result.state ?? 'unknown'}. The run continues.`,
      );
      if (result.state === 'queued') printMessage(QUEUED_HINT);
      printMessage(`To keep waiting: ${formatWaitCommand(session, run)}`);
      return WAIT_EXIT_CODES.timedOut;
  }
}

const formatWaitCommand = ({ settings }: Session, { dagId, runId }: RunReference): string =>
  `mwaa wait --environment ${quoteWord(settings.environment)} -- ${quoteWord(dagId)} ${quoteWord(runId)}`;
