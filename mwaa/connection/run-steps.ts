/** What became of one step of a way. */
export interface StepResult {
  readonly step: string;
  readonly status: 'ok' | 'failed' | 'not tried';
  readonly durationMs?: number;
  /** Of a step that failed: what to change. Of another: what was found, where that is of use. */
  readonly detail?: string;
}

/**
 * Takes one step.
 *
 * @param run its error says what to change
 * @param found what to tell of its result
 * @returns its result; where it fails, nothing: the way ends there
 */
export type RunStep<Name extends string> = <Result>(
  step: Name,
  run: () => Promise<Result>,
  found?: (result: Result) => string | undefined,
) => Promise<Result>;

/**
 * Goes a way of several steps. Those behind one that fails are not tried.
 *
 * @param names of all steps, in their order
 * @param go takes one after the other
 * @param tell is told of each when it is over
 * @returns all steps
 */
export async function runSteps<Name extends string>(
  names: readonly Name[],
  go: (take: RunStep<Name>) => Promise<void>,
  tell: (step: StepResult) => void = () => {},
): Promise<readonly StepResult[]> {
  const steps: StepResult[] = [];
  const over = (step: StepResult) => {
    steps.push(step);
    tell(step);
  };
  await go(async (step, run, found = () => undefined) => {
    const startedAt = performance.now();
    const took = () => Math.round(performance.now() - startedAt);
    try {
      const result = await run();
      const detail = found(result);
      over({ step, status: 'ok', durationMs: took(), ...(detail === undefined ? {} : { detail }) });
      return result;
    } catch (cause) {
      over({ step, status: 'failed', durationMs: took(), detail: (cause as Error).message });
      throw new StepFailedError(step, { cause });
    }
  }).catch((error: unknown) => {
    if (!(error instanceof StepFailedError)) throw error;
  });
  for (const step of names.slice(steps.length)) over({ step, status: 'not tried' });
  return steps;
}

class StepFailedError extends Error {}
