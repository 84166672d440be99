import { REPEAT_MS, type RunSeries, SETTLE_MS } from '../command/call-run-id.ts';

/** What is needed to find the place of a call in its series. Times are in milliseconds since the epoch. */
export interface SeriesSearch<Run> {
  readonly series: RunSeries;
  readonly receivedAt: number;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly findRun: (runId: string) => Promise<Run | undefined>;
  readonly getCreatedAt: (run: Run) => number;
}

/** The run that an equal call has created, or the id for a new one. */
export type SeriesPlace<Run> = { readonly earlier: Run } | { readonly runId: string };

/**
 * Finds the run of which a call is a repeat, or the next run id. At the start of a day, it waits: the run of a call that was sent the day
 * before may not be in the database yet, and has another id.
 */
export async function findPlaceInSeries<Run>(search: SeriesSearch<Run>): Promise<SeriesPlace<Run>> {
  const { series, receivedAt, now, wait } = search;
  for (;;) {
    const today = series.getDay(now());
    let count = 0;
    for (let day = today; day >= series.getDay(receivedAt - REPEAT_MS - SETTLE_MS); day -= 1) {
      const { last, count: runs } = await countRuns(search, day);
      if (last !== undefined && receivedAt - search.getCreatedAt(last) <= REPEAT_MS) return { earlier: last };
      if (day === today) count = runs;
    }
    const settleMs = series.getStart(today) + SETTLE_MS - now();
    if (settleMs > 0) await wait(settleMs);
    // The first look takes seconds if it logs in, so a day can have begun.
    else if (series.getDay(now()) === today) return { runId: series.createRunId(today, count) };
  }
}

/** The number of runs in a day, and the last one. Their numbers have no gaps, so few of them are looked at. */
async function countRuns<Run>(
  { series, findRun }: SeriesSearch<Run>,
  day: number,
): Promise<{ readonly count: number; readonly last: Run | undefined }> {
  let last: Run | undefined;
  let count = 0;
  /** A number that is not taken. */
  let free = Number.POSITIVE_INFINITY;
  while (count < free) {
    const number = Math.min(Math.max(0, 2 * count - 1), Math.floor((count + free) / 2));
    const run = await findRun(series.createRunId(day, number));
    if (run === undefined) free = number;
    else {
      last = run;
      count = number + 1;
    }
  }
  return { last, count };
}
