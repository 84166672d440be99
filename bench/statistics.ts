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

/**
 * Measures each subject once a round. Every round begins with another subject, so that none always follows the same one.
 *
 * @param warmUp rounds at the start that are not counted
 */
export async function measureRounds<Name extends string, Result = number>(
  subjects: Readonly<Record<Name, () => Result | Promise<Result>>>,
  { rounds, warmUp = 1 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<Record<Name, Result[]>> {
  const names = Object.keys(subjects) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (let index = 0; index < names.length; index += 1) {
      const name = names[(round + index) % names.length]!;
      const result = await subjects[name]();
      if (round >= warmUp) results[name].push(result);
    }
  }
  return results;
}
