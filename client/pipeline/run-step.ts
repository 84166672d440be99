import { EXIT_CODES } from '../exit-codes.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { Cancellation } from './cancellation.ts';
import { type DescribedFailure, describeFailure, describeInputError } from './describe-failure.ts';
import type { Pipeline } from './pipeline.ts';
import { readInputs, type StepInputs } from './read-inputs.ts';
import { checkRunIsWaitable, sendCommand } from './send-command.ts';
import { StepContext } from './step-context.ts';
import { getAnswer, getPrinted, printResult, type StepResult } from './step-result.ts';
import { waitForStepRun } from './wait-for-step-run.ts';

/**
 * Runs the command of a step, waits for its run if the step asks for it, and reports what became of both.
 *
 * @param variables of the step, for the placeholders of the command
 * @returns the exit code
 */
export async function runStep(
  pipeline: Pipeline,
  variables: NodeJS.ProcessEnv,
  cancellation: Cancellation,
): Promise<number> {
  let inputs: StepInputs;
  try {
    inputs = readInputs((name) => pipeline.getInput(name), variables);
  } catch (error) {
    const failure = describeInputError(error);
    pipeline.setOutputs({ outcome: failure.outcome });
    pipeline.reportFailure({ ...failure, facts: new Map() });
    return failure.exitCode;
  }
  const context = new StepContext(pipeline, inputs, cancellation);
  let dagId: string | undefined;
  let result: StepResult;
  try {
    if (inputs.wait) {
      dagId = await checkRunIsWaitable(context);
      context.facts.set('DAG', dagId);
    }
    result = await sendCommand(context);
  } catch (error) {
    return handleError(context, dagId, error);
  }
  return handleResult(context, dagId, result);
}

async function handleResult(context: StepContext, dagId: string | undefined, result: StepResult): Promise<number> {
  const { pipeline, inputs, cancellation, facts } = context;
  const { outcome, runId } = result;
  printResult(pipeline, result, inputs.printsOutput);
  pipeline.setOutputs({ outcome, 'run-id': runId ?? '', problem: '', output: getAnswer(result) });
  if (runId !== undefined) facts.set('Run', runId);
  if (cancellation.isRequested) {
    const run = runId === undefined ? '' : ` The run continues: ${runId}.`;
    const message = `The step was cancelled. The command has ended: ${outcome}.${run}`;
    return context.fail({ exitCode: EXIT_CODES.interrupted, title: 'Cancelled', message });
  }
  if (outcome === 'failed') {
    const message = `Airflow says that the command failed: ${result.evidence}.`;
    return context.fail({ exitCode: EXIT_CODES.failed, title: 'The command failed', message });
  }
  return dagId === undefined || runId === undefined ? EXIT_CODES.ok : waitForStepRun(context, { dagId, runId, result });
}

async function handleError(context: StepContext, dagId: string | undefined, error: unknown): Promise<number> {
  const { pipeline, cancellation, facts } = context;
  const failure: DescribedFailure = describeFailure(error, context);
  const problem = error instanceof ProxyProblem ? error : undefined;
  // A problem that was met before the command was sent is about another run.
  const runId = context.sent > 0 ? problem?.problem.runId : undefined;
  pipeline.setOutputs({ outcome: failure.outcome, 'run-id': runId ?? '', problem: problem?.code ?? '' });
  if (runId !== undefined) facts.set('Run', runId);
  const isUnknown = failure.exitCode === EXIT_CODES.unknown && !cancellation.isRequested;
  if (!isUnknown || dagId === undefined || runId === undefined)
    return context.fail(failure, { printed: getPrinted(problem?.problem) });
  pipeline.print(`It is unknown whether the run was created: looking for ${runId}.`);
  return waitForStepRun(context, { dagId, runId, result: undefined });
}
