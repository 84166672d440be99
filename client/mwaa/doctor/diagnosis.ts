import { type RunStep, runSteps, type StepResult } from '../../../mwaa/connection/run-steps.ts';

/** The part of the connection that a step belongs to. */
export type DiagnosisSide = 'caller' | 'function' | 'REST relay' | 'MWAA API' | 'web server';

export interface DiagnosedStep extends StepResult {
  readonly side: DiagnosisSide;
}

/** Runs and collects the steps of a connection to Airflow, side by side. */
export class Diagnosis {
  readonly steps: DiagnosedStep[] = [];
  readonly #onStep: (step: DiagnosedStep) => void;

  /** @param onStep called when a step has ended */
  constructor(onStep: (step: DiagnosedStep) => void) {
    this.#onStep = onStep;
  }

  get failedStep(): DiagnosedStep | undefined {
    return this.steps.find(({ status }) => status === 'failed');
  }

  /**
   * Runs the steps of one side.
   *
   * @param names all steps, in order. Those that are not run are recorded as not tried
   * @param run undefined if an earlier side failed
   * @returns the result of `run`; undefined if a step failed
   */
  async runSide<Name extends string, Result>(
    side: DiagnosisSide,
    names: readonly Name[],
    run: ((runStep: RunStep<Name>) => Promise<Result>) | undefined,
  ): Promise<Result | undefined> {
    let result: Result | undefined;
    await runSteps(
      names,
      async (runStep) => {
        result = await run?.(runStep);
      },
      (step) => this.addStep(side, step),
    );
    return result;
  }

  /** Records a step that was run elsewhere. */
  addStep(side: DiagnosisSide, result: StepResult): void {
    const step = { side, ...result };
    this.steps.push(step);
    this.#onStep(step);
  }
}

/** Describes a step whose result is already a text for the reader. */
export const showResult = (result: string): string => result;
