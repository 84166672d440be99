/** The sizes around which an answer could be cut: 16,384 UTF-16 units is the size of the parts that the middleware writes. */
const CUTS = [16_384, 32_768, 49_152, 65_536, 131_072, 1024 * 1024];
const LARGEST = 5_900_000;

/** Characters of one to four bytes, of one and two UTF-16 units. */
const PATTERNS = ['🚀', 'a🚀', 'é日🚀\u{10ffff}'];

const fill = (pattern: string, units: number): string =>
  [...pattern.repeat(Math.ceil(units / pattern.length))].reduce(
    ({ text, length }, character) =>
      length + character.length > units
        ? { text, length }
        : { text: text + character, length: length + character.length },
    { text: '', length: 0 },
  ).text;

/** Texts whose cuts are at every place of a character, and whose ends are at every place around a cut. */
export function* createTexts(cuts: readonly number[] = CUTS, largest = LARGEST): Generator<string> {
  for (const cut of cuts) {
    for (let offset = -5; offset <= 5; offset += 1) {
      for (const pattern of PATTERNS) yield 'x'.repeat(offset + 5) + fill(pattern, cut + offset);
    }
  }
  for (const shift of [0, 1, 2, 3]) yield 'x'.repeat(shift) + '🚀'.repeat(Math.floor(largest / 4));
}
