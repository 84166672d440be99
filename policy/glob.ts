/**
 * A text in which `*` matches any characters, including none. Every other character matches itself. Matching takes linear time:
 * each piece between stars is searched for once, from left to right.
 */
export interface Glob {
  readonly text: string;
  /** What a value must begin with: the text up to the first star. */
  readonly prefix: string;
  matches(value: string): boolean;
  /** The text consists of stars only. */
  readonly matchesAll: boolean;
}

export function parseGlob(text: string): Glob {
  const [prefix = '', ...pieces] = text.split('*');
  const suffix = pieces.pop();
  if (suffix === undefined) return { text, prefix, matches: (value) => value === text, matchesAll: false };
  return {
    text,
    prefix,
    matchesAll: /^\*+$/.test(text),
    matches(value) {
      if (value.length < prefix.length + suffix.length) return false;
      if (!value.startsWith(prefix) || !value.endsWith(suffix)) return false;
      const end = value.length - suffix.length;
      let searchFrom = prefix.length;
      for (const piece of pieces) {
        const found = value.indexOf(piece, searchFrom);
        if (found === -1 || found + piece.length > end) return false;
        searchFrom = found + piece.length;
      }
      return true;
    },
  };
}
