/** The candidate nearest in spelling to a word, if one is near enough to be a likely slip, else undefined. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  if (word.length > 64) return undefined;
  for (const candidate of candidates) {
    const cost = computeEditDistance(word, candidate);
    if (cost < least) [best, least] = [candidate, cost];
  }
  return best;
}

/** A sentence to append to a refusal: ` Did you mean "…"?`, or nothing. */
export function formatDidYouMean(word: string, candidates: Iterable<string>): string {
  const suggestion = findNearest(word, candidates);
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

/** Edit distance in which swapping two neighbors costs one (optimal string alignment). */
function computeEditDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    [before, above] = [above, current];
  }
  return above[b.length]!;
}
