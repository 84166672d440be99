import type { Argument } from '../airflow/catalog.ts';

/** A value of a rule, as written. */
export interface ValueText {
  readonly text: string;
}

/** A star beside less fixed text than this matches so much that it is judged like `*`. */
export const MIN_FIXED_CHARACTERS = 3;

/** Whether a glob selects some of all values: one exact text, or a pattern with some fixed text in one piece. */
export function isNarrowGlob({ text }: ValueText): boolean {
  if (!text.includes('*')) return true;
  return text.split('*').some((piece) => piece.length >= MIN_FIXED_CHARACTERS);
}

/**
 * Whether the globs of an argument limit what the command acts on. A date is limited only by one exact date or by a range that is
 * closed on its outer side: `--start-date=2026-11-01..`, `--end-date=..2026-11-30`. A star in a date limits nothing.
 */
export function isNarrowArgument({ dest, type }: Argument, globs: readonly ValueText[]): boolean {
  return (
    globs.length > 0 && globs.every((glob) => (type === 'date' ? limitsDate(dest, glob.text) : isNarrowGlob(glob)))
  );
}

function limitsDate(dest: string, text: string): boolean {
  if (text.includes('*')) return false;
  if (!text.includes('..')) return true;
  return /start|from/.test(dest) ? !text.startsWith('..') : !text.endsWith('..');
}
