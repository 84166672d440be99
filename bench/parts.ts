import type { Section } from './section.ts';

/** One benchmark: `npm run bench:NAME`. */
export interface Part {
  readonly title: string;
  /** The number of rounds without `--rounds`, which take less than two minutes. */
  readonly rounds: number;
  run(rounds: number): Promise<Section>;
}

/** Loads a part on demand, because each needs other modules. */
export const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  warm: async () => (await import('./parts/warm.ts')).warm,
  cold: async () => (await import('./parts/cold.ts')).cold,
  core: async () => (await import('./parts/core.ts')).core,
  client: async () => (await import('./parts/client.ts')).client,
  load: async () => (await import('./parts/load.ts')).load,
  queue: async () => (await import('./parts/queue.ts')).queue,
};
