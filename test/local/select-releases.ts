/**
 * The releases, or other rows, that a slow test runs on: by default the main ones, and all with `EVERY_RELEASE=1`. The scheduled workflow
 * runs all.
 */
export const selectReleases = <Row>(all: readonly Row[], isMain: (row: Row) => boolean): readonly Row[] =>
  process.env.EVERY_RELEASE === '1' ? all : all.filter(isMain);
