import type { Section } from './section.ts';

/** One benchmark: `npm run bench:NAME`. */
export interface Part {
  readonly title: string;
  /** The number of rounds without `--rounds`, which take less than two minutes. */
  readonly rounds: number;
  run(rounds: number): Promise<Section>;
}
