import type { Argument } from '../airflow/catalog.ts';

/** A value of a rule, as written. */
export interface ValueText {
  readonly text: string;
}

/** A star beside less fixed text than this matches so much that it is judged like `*`. */
export const MIN_FIXED_CHARACTERS = 3;

/** Whether a text with stars selects some of all values: it is exact, or has some fixed text in one piece. */
function isNarrowText(text: string): boolean {
  return !text.includes('*') || text.split('*').some((piece) => piece.length >= MIN_FIXED_CHARACTERS);
}

/**
 * Whether a rule limits what the command acts on with the values of an argument. A date is limited only by one exact date or by a
 * range that is closed on its outer side: `--start-date=2026-11-01..`, `--end-date=..2026-11-30`. Each item of a list must be limited.
 */
export function isNarrowArgument({ dest, type, ofOperation }: Argument, values: readonly ValueText[]): boolean {
  return (
    values.length > 0 &&
    values.every(({ text }) => {
      // In the path of an operation, it stands for every DAG or run.
      if (ofOperation && text === '~') return false;
      if (type === 'date') return limitsDate(dest, text);
      return (type === 'list' ? text.split(',') : [text]).every((item) => isNarrowText(item.trim()));
    })
  );
}

function limitsDate(dest: string, text: string): boolean {
  if (text.includes('*')) return false;
  if (!text.includes('..')) return true;
  return /start|from/.test(dest) ? !text.startsWith('..') : !text.endsWith('..');
}
