import { EXIT_CODES } from '../exit-codes.ts';
import type { RunState } from '../library/api-types.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import { requestSplitCommand } from '../library/request-command.ts';
import { WaitTimeoutError } from '../library/wait-timeout-error.ts';
import { formatDuration } from '../mwaa/duration.ts';
import { formatTaskLogsCommand } from '../mwaa/wait/format-task-logs-command.ts';
import { WAIT_EXIT_CODES } from '../mwaa/wait/wait-exit-codes.ts';
import { type DescribedFailure, describeFailure } from './describe-failure.ts';
import { findFailedTasks } from './find-failed-tasks.ts';
import type { StepContext } from './step-context.ts';
import type { StepResult } from './step-result.ts';

/** After an unknown outcome the command may still be running in MWAA, and create the run this much later. */
const APPEARANCE_TIMEOUT_MS = 300_000;

/** How long reading the failed tasks may take. The verdict is known before. */
const FAILED_TASKS_TIMEOUT_MS = 120_000;

/** A run that was triggered. */
export interface StepRun {
  readonly dagId: string;
  readonly runId: string;
  /** Undefined: the outcome of the trigger is unknown, so the run may not exist. */
  readonly result: StepResult | undefined;
}

/**
 * Waits until a run has finished.
 *
 * @returns the exit code. A failure is reported
 */
export async function waitForStepRun(context: StepContext, run: StepRun): Promise<number> {
  const { pipeline, inputs, client, signal } = context;
  const { dagId, runId, result } = run;
  const setState = (state: string) => pipeline.setOutputs({ 'run-state': state });
  let printed = '';
  const printChange = (text: string) => {
    if (text !== printed) pipeline.print(text);
    printed = text;
  };
  const startedAt = performance.now();
  let ended: RunState;
  try {
    ended = await client.wait(dagId, runId, {
      timeoutMs: inputs.timeoutMs,
      intervalMs: inputs.intervalMs,
      appearanceTimeoutMs: result === undefined ? APPEARANCE_TIMEOUT_MS : 0,
      signal,
      onState: (state) => printChange(`Run ${runId}: ${state}`),
      onTransientError: (text) => printChange(`Run ${runId}: state unknown, will retry. ${text}`),
    });
  } catch (error) {
    if (error instanceof WaitTimeoutError && error.state !== undefined) setState(error.state);
    return context.fail(describeWaitFailure(context, run, error));
  }
  setState(ended.state);
  // The run shows that the trigger succeeded.
  if (result === undefined) pipeline.setOutputs({ outcome: 'succeeded', problem: '' });
  const duration = formatDuration(performance.now() - startedAt);
  if (ended.state !== 'success') return reportFailedRun(context, run, ended, duration);
  pipeline.print(`Run ${runId}: success after ${duration}`);
  return EXIT_CODES.ok;
}

async function reportFailedRun(
  context: StepContext,
  { dagId, runId, result }: StepRun,
  { startedAt }: RunState,
  duration: string,
): Promise<number> {
  const { proxy, inputs } = context;
  const { environment } = inputs;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(FAILED_TASKS_TIMEOUT_MS)]);
  const release = result?.airflowVersion ?? (await findRelease(context));
  const run = (argv: readonly string[]) => requestSplitCommand(proxy, environment, argv, { signal });
  const failed = await findFailedTasks(run, release, dagId, runId).catch(() => undefined);
  const { tasks = [], note } = failed ?? { note: 'The failed tasks could not be read.' };
  const logs = formatTaskLogsCommand(environment, release, {
    dagId,
    runId,
    startedAt: startedAt ?? failed?.startedAt,
    taskId: tasks.length === 1 ? tasks[0]!.taskId : undefined,
  });
  const origin = result?.replayed
    ? ' An earlier request with the same key started this run. For a new run, set another idempotency-key.'
    : '';
  return context.fail(
    {
      exitCode: EXIT_CODES.failed,
      title: 'The DAG run failed',
      message: `${runId} of ${dagId} failed after ${duration}.${origin}`,
    },
    {
      failedTasks: tasks,
      taskNote: [
        ...(note === undefined ? [] : [note]),
        `The task logs are in CloudWatch Logs (if ${environment} is also the name of the environment in MWAA):`,
        logs,
      ].join('\n'),
    },
  );
}

/** The release of the environment. If it cannot be read, one that has the commands of most. */
async function findRelease({ client, inputs, signal }: StepContext): Promise<string> {
  const environments = await client.environments(signal).catch(() => []);
  return environments.find(({ name }) => name === inputs.environment)?.airflowVersion ?? '2.10';
}

function describeWaitFailure(
  context: StepContext,
  { runId, result }: StepRun,
  error: unknown,
): Omit<DescribedFailure, 'outcome'> {
  const continues = result === undefined ? `The run may exist: ${runId}.` : `The run continues: ${runId}.`;
  if (context.cancellation.isRequested)
    return { exitCode: EXIT_CODES.interrupted, title: 'Cancelled', message: `The step no longer waits. ${continues}` };
  if (error instanceof WaitTimeoutError) {
    return {
      exitCode: WAIT_EXIT_CODES.timedOut,
      title: 'The DAG run has not finished',
      message: `${error.message} The run continues. If it is queued: its DAG is paused, or other runs are ahead of it.`,
    };
  }
  if (error instanceof ProxyProblem && error.code === 'run-not-found') {
    const title = result === undefined ? 'The run was not created' : 'The run no longer exists';
    return { exitCode: WAIT_EXIT_CODES.noRun, title, message: error.problem.detail };
  }
  const { exitCode, message } = describeFailure(error, context);
  return { exitCode, title: 'The state of the run is not known', message: `${message} ${continues}` };
}
