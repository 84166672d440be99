import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { PROBLEM_TYPE_PREFIX } from '../../contract/problem-type-prefix.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import { requestSplitCommand } from '../library/request-command.ts';
import { TRANSIENT_PROBLEMS } from '../library/wait-rules.ts';
import type { StepContext } from './step-context.ts';
import { getReplayedState, type StepResult } from './step-result.ts';

/** Like a run id that the proxy makes. No run has it. */
const EXAMPLE_RUN_ID = `${RUN_ID_PREFIX}request-00000000-0000-0000-0000-000000000000`;

/** A retried job starts at most this many runs, one after the other. */
const MAX_KEYS = 20;

/** An option with which the command chooses its run id. Airflow accepts no second run with it. */
const RUN_ID_OPTION = /^(?:--run[-_]id(?:=|$)|-r)/;

/**
 * Checks before a trigger that its run can be polled: by polling a run that does not exist.
 *
 * @returns the DAG
 * @throws ProxyProblem if the trigger is not granted, or its run cannot be polled; like `MwaaCliProxyClient.runState`
 */
export async function checkRunIsWaitable({ client, inputs, signal, onWait }: StepContext): Promise<string> {
  const explanation = await client.explain(inputs.argv, { signal });
  if (!explanation.allowed) {
    const { code, detail } = explanation.refusal;
    const type = `${PROBLEM_TYPE_PREFIX}${code === 'not-granted' ? code : 'invalid-command'}`;
    throw new ProxyProblem({ type, title: detail, status: 403, detail }, true);
  }
  // In the canonical form of a trigger, the DAG is the last word.
  const dagId = splitCommandLine(explanation.commandLine).at(-1)!;
  try {
    await client.runState(dagId, EXAMPLE_RUN_ID, { signal, onWait });
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    const { code, problem } = error;
    if (code !== 'run-not-found' && !TRANSIENT_PROBLEMS.has(code)) {
      const detail = `The trigger was not sent, because its run could not be polled. ${problem.detail}`;
      throw new ProxyProblem({ ...problem, detail }, true);
    }
  }
  return dagId;
}

/**
 * Sends the command, a trigger with a key.
 *
 * @throws like `MwaaCliProxyClient.run`
 */
export async function sendCommand(context: StepContext): Promise<StepResult> {
  const { pipeline, inputs, cancellation, proxy, signal, onWait, facts } = context;
  const { argv, environment, idempotencyKey } = inputs;
  const hasDefaultKey = inputs.isTrigger && !argv.some((word) => RUN_ID_OPTION.test(word));
  const firstKey = idempotencyKey ?? (hasDefaultKey ? pipeline.createKey() : undefined);
  const isChained = pipeline.isRetriedWithSameKey && idempotencyKey === undefined;
  for (let count = 1; ; count++) {
    context.key = firstKey === undefined || count === 1 ? firstKey : `${firstKey}/${count}`;
    if (context.key !== undefined) facts.set('Idempotency key', context.key);
    const before = context.mayHaveRun;
    const keyed = context.key === undefined ? {} : { idempotencyKey: context.key };
    const result = await cancellation.whileSending(() =>
      requestSplitCommand(proxy, environment, argv, { signal, onWait, ...keyed }),
    );
    // If another request of this attempt may have started the run, it can be its own.
    const isOfEarlierAttempt = result.replayed === true && context.mayHaveRun === before + 1;
    if (!isChained || !isOfEarlierAttempt || getReplayedState(result) !== 'failed' || count === MAX_KEYS) return result;
    pipeline.print(`The run ${result.runId} of an earlier attempt has failed: starting a new one.`);
  }
}
