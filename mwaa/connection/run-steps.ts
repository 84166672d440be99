/** The result of one step. */
export interface StepResult {
  readonly step: string;
  readonly status: 'ok' | 'failed' | 'not tried';
  readonly durationMs?: number;
  /** What to change after a failed step, or the result of a successful step if it is useful. */
  readonly detail?: string;
}

/**
 * Runs one step.
 *
 * @param run throws an error whose message says what to change
 * @param describe text about the step's result. Default: none.
 * @returns the step's result
 * @throws if the step fails; no further step is run
 */
export type RunStep<Name extends string> = <Result>(
  step: Name,
  run: () => Promise<Result>,
  describe?: (result: Result) => string | undefined,
) => Promise<Result>;

/**
 * Runs several steps in order. The steps after a failed one are not tried.
 *
 * @param names of all steps, in order
 * @param runAll calls `runStep` for one step after the other
 * @param onResult receives each result as soon as it is known
 * @returns the results of all steps
 */
export async function runSteps<Name extends string>(
  names: readonly Name[],
  runAll: (runStep: RunStep<Name>) => Promise<void>,
  onResult: (result: StepResult) => void = () => {},
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  const addResult = (result: StepResult) => {
    results.push(result);
    onResult(result);
  };
  await runAll(async (step, run, describe = () => undefined) => {
    const startedAt = performance.now();
    const getDurationMs = () => Math.round(performance.now() - startedAt);
    try {
      const result = await run();
      const detail = describe(result);
      addResult({ step, status: 'ok', durationMs: getDurationMs(), ...(detail === undefined ? {} : { detail }) });
      return result;
    } catch (cause) {
      addResult({ step, status: 'failed', durationMs: getDurationMs(), detail: (cause as Error).message });
      throw new StepFailedError(step, { cause });
    }
  }).catch((error: unknown) => {
    if (!(error instanceof StepFailedError)) throw error;
  });
  for (const step of names.slice(results.length)) addResult({ step, status: 'not tried' });
  return results;
}

class StepFailedError extends Error {}
