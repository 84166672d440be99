import { availableParallelism } from 'node:os';

/** Runs a task as soon as fewer than a limit of others are running. */
export type LimitStarts = <Result>(task: () => Promise<Result>) => Promise<Result>;

/**
 * Limits how many processes start at the same time. On Lambda, execution environments do not share processors, so many starts do not
 * slow down each other, and none reaches the time limit of the initialization because of the others.
 */
export function createStartLimit(limit = 2 * availableParallelism()): LimitStarts {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      // The place of this task passes to the next one.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
