/**
 * Lines of a text by their positions. A stream may have millions of lines, so nothing here makes a list of them. A line begins at
 * 0 or after `\n`; the position after the last line is beyond the end of the text.
 */

/** A part of a text. */
export interface TextSpan {
  readonly start: number;
  /** The position after its last character. */
  readonly end: number;
}

/** The position of the `\n` that ends the line, or of the end of the text. */
export function findLineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end === -1 ? text.length : end;
}

/** The line that begins at a position, without `\n`. Undefined after the last line. */
export const getLine = (text: string, start: number): string | undefined =>
  start > text.length ? undefined : text.slice(start, findLineEnd(text, start));

const FIRST_BLOCK = 1024;

/**
 * Where the line begins that ends at a position. Searches blocks of growing length forward, because `lastIndexOf` takes several times as
 * long as `indexOf`: an answer may be one line of millions of characters.
 */
export function findLineStart(text: string, end: number): number {
  for (let from = end, length = FIRST_BLOCK; from > 0; length *= 16) {
    from = Math.max(0, end - length);
    const found = text.indexOf('\n', from);
    if (found !== -1 && found < end) return text.lastIndexOf('\n', end - 1) + 1;
  }
  return 0;
}

/** The end of the last line before a position that is not empty: line ends at the end of a text are passed quickly. */
export function skipEmptyLinesBefore(text: string, end: number): number {
  let at = end;
  while (at > 0 && text.charCodeAt(at - 1) === LINE_END) at--;
  return at;
}

/** The position of the first line from a position on that does not begin with a space. */
export function skipIndentedLines(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at = findLineEnd(text, at) + 1;
  return at;
}

/** The lines of a text that are not empty. */
export function* generateLines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = findLineEnd(text, at);
    if (end > at) yield text.slice(at, end);
    at = end + 1;
  }
}

const LINE_END = '\n'.charCodeAt(0);
const SPACE = ' '.charCodeAt(0);
