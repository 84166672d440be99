/**
 * Values stored under prefixes. A lookup finds the values of all prefixes of a text. Its cost grows with the number of different
 * prefix lengths, not with the number of prefixes.
 */
export class PrefixIndex<T> {
  readonly #byPrefix = new Map<string, T>();
  #lengths: readonly number[] = [];

  /** The value under a prefix. Creates it if there is none. */
  getOrCreate(prefix: string, create: () => T): T {
    const existing = this.#byPrefix.get(prefix);
    if (existing !== undefined) return existing;
    const created = create();
    this.#byPrefix.set(prefix, created);
    if (!this.#lengths.includes(prefix.length)) this.#lengths = [...this.#lengths, prefix.length];
    return created;
  }

  /** All values. */
  values(): T[] {
    return [...this.#byPrefix.values()];
  }

  /** The values under all prefixes that `text` begins with. */
  *findByPrefixesOf(text: string): Iterable<T> {
    for (const length of this.#lengths) {
      if (length > text.length) continue;
      const value = this.#byPrefix.get(text.slice(0, length));
      if (value !== undefined) yield value;
    }
  }
}
