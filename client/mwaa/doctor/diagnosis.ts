import { type RunStep, runSteps, type StepResult } from '../../../mwaa/connection/run-steps.ts';

/** Whose part of the way a step belongs to. */
export type DiagnosisSide = 'caller' | 'function' | 'MWAA API' | 'web server';

export interface DiagnosedStep extends StepResult {
  readonly side: DiagnosisSide;
}

/** The way to Airflow, side after side. */
export class Diagnosis {
  readonly steps: DiagnosedStep[] = [];
  readonly #onStep: (step: DiagnosedStep) => void;

  /** @param tell is told of each step when it is over */
  constructor(tell: (step: DiagnosedStep) => void) {
    this.#onStep = tell;
  }

  get failedStep(): DiagnosedStep | undefined {
    return this.steps.find(({ status }) => status === 'failed');
  }

  /**
   * @param go undefined where the way is broken before: no step is tried
   * @returns what `go` does; undefined where the way is broken by then
   */
  async runSide<Name extends string, Result>(
    side: DiagnosisSide,
    names: readonly Name[],
    go: ((take: RunStep<Name>) => Promise<Result>) | undefined,
  ): Promise<Result | undefined> {
    let result: Result | undefined;
    await runSteps(
      names,
      async (take) => {
        result = await go?.(take);
      },
      (step) => this.addStep(side, step),
    );
    return result;
  }

  /** Adds a step that was taken elsewhere. */
  addStep(side: DiagnosisSide, step: StepResult): void {
    const examined = { side, ...step };
    this.steps.push(examined);
    this.#onStep(examined);
  }
}
