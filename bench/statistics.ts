/** The middle half of many measurements: the median, and the lower and the upper quartile. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** The value below which a share of the values lies, interpolated between the two nearest. NaN without values. */
export function findQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export const findMedian = (values: readonly number[]): number => findQuantile(values, 0.5);

export const summarize = (values: readonly number[]): Spread => ({
  median: findMedian(values),
  lower: findQuantile(values, 0.25),
  upper: findQuantile(values, 0.75),
});

/** How a measurement is compared with its rival. */
export type Comparison = 'ratio' | 'difference';

/**
 * Compares two lists of measurements round by round, so that what disturbs a round disturbs both sides of it.
 *
 * @throws RangeError if one list has more rounds than the other
 */
export function compareRounds(ours: readonly number[], rival: readonly number[], comparison: Comparison): Spread {
  if (ours.length !== rival.length) throw new RangeError('Both lists must have the same number of rounds.');
  return summarize(
    ours.map((value, round) => (comparison === 'ratio' ? value / rival[round]! : value - rival[round]!)),
  );
}

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds at the start that are not counted. */
  readonly warmUp?: number;
}

/** Measures each subject once a round. Every round begins with another subject, so that none always follows the same one. */
export async function measureRounds<Name extends string, Result>(
  subjects: Readonly<Record<Name, () => Result | Promise<Result>>>,
  { rounds, warmUp = 1 }: RoundOptions,
): Promise<Record<Name, Result[]>> {
  const results = mapSubjects(subjects, (): Result[] => []);
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const name of rotate(Object.keys(subjects) as Name[], round)) {
      const result = await subjects[name]();
      if (round >= warmUp) results[name].push(result);
    }
  }
  return results;
}

/**
 * Measures how long each subject takes, many times a round and in turn.
 *
 * @returns the median of each round, in milliseconds
 */
export async function timeRounds<Name extends string>(
  subjects: Readonly<Record<Name, () => unknown>>,
  { samples, ...options }: RoundOptions & { readonly samples: number },
): Promise<Record<Name, number[]>> {
  const round = async () => {
    const timed = mapSubjects(subjects, (name) => () => measureTime(subjects[name]));
    const times = await measureRounds(timed, { rounds: samples, warmUp: 0 });
    return mapSubjects(subjects, (name) => findMedian(times[name]));
  };
  const { all } = await measureRounds({ all: round }, options);
  return mapSubjects(subjects, (name) => all.map((medians) => medians[name]));
}

/** Milliseconds until a function returns, or until its promise is fulfilled. */
export async function measureTime(run: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

const mapSubjects = <Name extends string, Result>(
  subjects: Readonly<Record<Name, unknown>>,
  map: (name: Name) => Result,
): Record<Name, Result> =>
  Object.fromEntries((Object.keys(subjects) as Name[]).map((name) => [name, map(name)])) as Record<Name, Result>;

const rotate = <Value>(values: readonly Value[], by: number): Value[] => {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
};
