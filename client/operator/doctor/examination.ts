import { type Step, stepByStep, type Take } from '../../../lambda/mwaa/step-by-step.ts';

/** Whose part of the way a step belongs to. */
export type Side = 'caller' | 'function' | 'MWAA API' | 'web server';

export interface ExaminedStep extends Step {
  readonly side: Side;
}

/** The way to Airflow, side after side. */
export class Examination {
  readonly steps: ExaminedStep[] = [];
  readonly #tell: (step: ExaminedStep) => void;

  /** @param tell is told of each step when it is over */
  constructor(tell: (step: ExaminedStep) => void) {
    this.#tell = tell;
  }

  get broken(): ExaminedStep | undefined {
    return this.steps.find(({ status }) => status === 'failed');
  }

  /**
   * @param go undefined where the way is broken before: no step is tried
   * @returns what `go` does; undefined where the way is broken by then
   */
  async side<Name extends string, Result>(
    side: Side,
    names: readonly Name[],
    go: ((take: Take<Name>) => Promise<Result>) | undefined,
  ): Promise<Result | undefined> {
    let result: Result | undefined;
    await stepByStep(
      names,
      async (take) => {
        result = await go?.(take);
      },
      (step) => this.add(side, step),
    );
    return result;
  }

  /** Adds a step that was taken elsewhere. */
  add(side: Side, step: Step): void {
    const examined = { side, ...step };
    this.steps.push(examined);
    this.#tell(examined);
  }
}
