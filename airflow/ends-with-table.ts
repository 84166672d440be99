import { findLastOutputLine } from './log-lines.ts';

/** What Airflow prints in place of an empty table. */
export const NO_DATA = 'No data found';

/** The columns of a table: the heading, and the text of all cells without white space, because cells are wrapped. */
export type TableColumns = readonly (readonly [heading: string, text: string])[];

/**
 * Finds the complete table of this command with which the output ends. Airflow draws tables with rich and an empty caption, so a table
 * ends with a line of spaces as wide as the rule below its heading. A truncated table lacks that line.
 *
 * @param shapes columns that every table of this command has, one list for each generation of releases
 * @param onlyNames the only columns that it may have
 * @returns the columns; undefined if there is no such table
 */
export function findTableAtEnd(
  stdout: string,
  shapes: readonly (readonly string[])[] = [[]],
  onlyNames?: readonly string[],
): TableColumns | undefined {
  const [before = '', rule = '', after = ''] = splitAtLastRule(stdout);
  if (rule === '' || findLastOutputLine(stdout) !== ' '.repeat(rule.length)) return undefined;
  const headings = listHeadings(before, rule).find(
    (cells) =>
      shapes.some((names) => names.every((name) => cells.includes(name))) &&
      (onlyNames === undefined || cells.every((cell) => onlyNames.includes(cell))),
  );
  if (headings === undefined)
    return shapes.some((names) => names.length === 0) && onlyNames === undefined ? [] : undefined;
  const texts = listColumnTexts(after, rule);
  return headings.map((heading, column) => [heading, texts[column] ?? '']);
}

function splitAtLastRule(stdout: string): string[] {
  const rule = [...stdout.matchAll(/^=(?:[=+]*=)?$/gm)].at(-1);
  return rule ? [stdout.slice(0, rule.index), rule[0], stdout.slice(rule.index + rule[0].length)] : [];
}

/** Nothing if a character of the table may be wider than one column, so that the borders are elsewhere. */
function listColumnTexts(after: string, rule: string): string[] {
  const lines = after.split('\n').filter((line) => line.length === rule.length);
  if (lines.some((line) => !/^[ -~]*$/.test(line))) return [];
  return findColumns(rule).map(([start, end]) =>
    lines.map((line) => line.slice(start, end).replaceAll(' ', '')).join(''),
  );
}

/** The positions of the columns in a line. */
const findColumns = (rule: string) =>
  [...rule.matchAll(/=+/g)].map(({ index, 0: { length } }) => [index, index + length] as const);

/** The most lines on which the heading of a narrow column is wrapped. */
const MAX_HEADING_LINES = 12;

/**
 * The cells of the heading above a rule, read from the last line, the last two lines and so on: a long name is wrapped. A line may begin
 * with text that a DAG file printed without a line end.
 */
function listHeadings(before: string, rule: string): string[][] {
  const columns = findColumns(rule);
  const lines = before
    .split('\n')
    .slice(-MAX_HEADING_LINES - 1, -1)
    .map((line) => line.slice(-rule.length));
  const headings: string[][] = [];
  let cells = columns.map(() => '');
  for (const line of lines.reverse()) {
    cells = columns.map(([start, end], column) => line.slice(start, end).trim() + cells[column]!);
    headings.push(cells);
  }
  return headings;
}
