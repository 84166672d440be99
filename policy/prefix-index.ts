/**
 * Values under texts, found by what a longer text begins with. A look-up costs as many steps as there are different lengths
 * of texts, however many texts there are.
 */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T>();
  #lengths: readonly number[] = [];

  /** The value under a text, made where there is none. */
  getOrCreate(prefix: string, make: () => T): T {
    const found = this.#byPrefix.get(prefix);
    if (found !== undefined) return found;
    const made = make();
    this.#byPrefix.set(prefix, made);
    if (!this.#lengths.includes(prefix.length)) this.#lengths = [...this.#lengths, prefix.length];
    return made;
  }

  /** The values under all texts that `text` begins with. */
  *findByPrefixesOf(text: string): Iterable<T> {
    for (const length of this.#lengths) {
      if (length > text.length) continue;
      const found = this.#byPrefix.get(text.slice(0, length));
      if (found !== undefined) yield found;
    }
  }
}
