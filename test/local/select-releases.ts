/** Whether everything runs, with `EVERY_RELEASE=1`, as in the scheduled workflow. */
export const RUNS_ALL = process.env.EVERY_RELEASE === '1';

/** The releases, or other rows, that a slow test runs on: by default the main ones, and all with `EVERY_RELEASE=1`. */
export const selectReleases = <Row>(all: readonly Row[], isMain: (row: Row) => boolean): readonly Row[] =>
  RUNS_ALL ? all : all.filter(isMain);
