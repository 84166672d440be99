/**
 * A text in which `*` stands for any characters, also none; everything else stands for itself. Matches in linear time: the
 * pieces between stars are looked for once each, from left to right.
 */
export interface Glob {
  readonly text: string;
  /** What a value must begin with: the text up to the first star. */
  readonly prefix: string;
  matches(value: string): boolean;
  /** Stars only. */
  readonly matchesAll: boolean;
}

export function parseGlob(text: string): Glob {
  const [head = '', ...rest] = text.split('*');
  const tail = rest.pop();
  if (tail === undefined) return { text, prefix: head, matches: (value) => value === text, matchesAll: false };
  return {
    text,
    prefix: head,
    matchesAll: /^\*+$/.test(text),
    matches(value) {
      if (value.length < head.length + tail.length) return false;
      if (!value.startsWith(head) || !value.endsWith(tail)) return false;
      const end = value.length - tail.length;
      let from = head.length;
      for (const piece of rest) {
        const found = value.indexOf(piece, from);
        if (found === -1 || found + piece.length > end) return false;
        from = found + piece.length;
      }
      return true;
    },
  };
}
