import type { Part } from './part.ts';

/** Loads a part on demand, because each needs other modules. */
export const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  warm: async () => (await import('./parts/warm.ts')).warm,
  rest: async () => (await import('./parts/rest.ts')).rest,
  cold: async () => (await import('./parts/cold.ts')).cold,
  core: async () => (await import('./parts/core.ts')).core,
  client: async () => (await import('./parts/client.ts')).client,
  load: async () => (await import('./parts/load.ts')).load,
  callers: async () => (await import('./parts/callers.ts')).callers,
  queue: async () => (await import('./parts/queue.ts')).queue,
  python: async () => (await import('./parts/python.ts')).python,
};
