/** The candidate most similar to a word, or undefined if none is similar enough to be a likely typo. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let lowestCost = Math.max(1, Math.floor(word.length / 3)) + 1;
  if (word.length > 64) return undefined;
  for (const candidate of candidates) {
    const cost = computeEditDistance(word, candidate);
    if (cost < lowestCost) [best, lowestCost] = [candidate, cost];
  }
  return best;
}

/** A sentence to append to a message, ` Did you mean "…"?`, or `''`. */
export function formatDidYouMean(word: string, candidates: Iterable<string>): string {
  const suggestion = findNearest(word, candidates);
  return suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`;
}

/** The edit distance in which swapping two adjacent characters costs one (optimal string alignment). */
function computeEditDistance(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, twoAbove[column - 2]! + 1);
      current.push(cost);
    }
    [twoAbove, above] = [above, current];
  }
  return above[b.length]!;
}
