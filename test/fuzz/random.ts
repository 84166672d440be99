/** A random generator that returns the same values for the same seed on every machine (mulberry32). */
export interface Random {
  /** A whole number from 0 to `below` - 1. */
  integerBelow(below: number): number;
  /** True in one of `many` calls. */
  oneIn(many: number): boolean;
  pick<T>(from: readonly T[]): T;
  shuffle<T>(values: readonly T[]): T[];
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  return {
    integerBelow: below,
    oneIn: (many) => below(many) === 0,
    pick: (from) => from[below(from.length)]!,
    shuffle(values) {
      const shuffled = [...values];
      for (let at = shuffled.length - 1; at > 0; at--) {
        const other = below(at + 1);
        [shuffled[at], shuffled[other]] = [shuffled[other]!, shuffled[at]!];
      }
      return shuffled;
    },
  };
}
