import { findLastOutputLine } from './log-lines.ts';
import { findLineEnd, findLineStart, getLine } from './text-lines.ts';

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
 * @param isNamed whether the text of a column is needed
 * @returns the columns; undefined if there is no such table
 */
export function findTableAtEnd(
  stdout: string,
  shapes: readonly (readonly string[])[] = [[]],
  onlyNames?: readonly string[],
  isNamed: (heading: string) => boolean = () => true,
): TableColumns | undefined {
  const last = findLastOutputLine(stdout);
  if (!/^ +$/.test(last)) return undefined;
  const rule = findLastRule(stdout);
  if (rule === undefined || rule.end - rule.start !== last.length) return undefined;
  const columns = findColumns(stdout.slice(rule.start, rule.end));
  const headings = listHeadings(stdout, rule, columns).find(
    (cells) =>
      shapes.some((names) => names.every((name) => cells.includes(name))) &&
      (onlyNames === undefined || cells.every((cell) => onlyNames.includes(cell))),
  );
  if (headings === undefined)
    return shapes.some((names) => names.length === 0) && onlyNames === undefined ? [] : undefined;
  return headings.map((heading, index) => [
    heading,
    isNamed(heading) ? readColumnText(stdout, rule, columns[index]!) : '',
  ]);
}

/** From the first to the position after the last character. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** The last line of `=` and `+`. */
function findLastRule(stdout: string): Place | undefined {
  for (let at = stdout.lastIndexOf('='); at !== -1; ) {
    const lineStart = findLineStart(stdout, at);
    const line = getLine(stdout, lineStart)!;
    const rule = [...line.matchAll(/^=(?:[=+]*=)?$/gm)].at(-1);
    if (rule !== undefined) return { start: lineStart + rule.index, end: lineStart + rule.index + rule[0].length };
    if (lineStart === 0) return undefined;
    at = stdout.lastIndexOf('=', lineStart - 1);
  }
  return undefined;
}

/** The cells of a column, joined. Nothing if a character of the table may be wider than one column, so that the borders are elsewhere. */
function readColumnText(stdout: string, rule: Place, column: Place): string {
  const cells: string[] = [];
  for (let at = rule.end; at <= stdout.length; ) {
    const end = findLineEnd(stdout, at);
    if (end - at === rule.end - rule.start) {
      const line = stdout.slice(at, end);
      if (!/^[ -~]*$/.test(line)) return '';
      cells.push(line.slice(column.start, column.end).replaceAll(' ', ''));
    }
    at = end + 1;
  }
  return cells.join('');
}

/** The places of the columns in a line. */
const findColumns = (rule: string): Place[] =>
  [...rule.matchAll(/=+/g)].map(({ index, 0: { length } }) => ({ start: index, end: index + length }));

/** The most lines on which the heading of a narrow column is wrapped. */
const MAX_HEADING_LINES = 12;

/**
 * The cells of the heading above a rule, read from the last line, the last two lines and so on: a long name is wrapped. A line may begin
 * with text that a DAG file printed without a line end.
 */
function listHeadings(stdout: string, rule: Place, columns: readonly Place[]): string[][] {
  const headings: string[][] = [];
  let cells = columns.map(() => '');
  for (let end = rule.start - 1; end >= 0 && headings.length < MAX_HEADING_LINES; ) {
    const start = findLineStart(stdout, end);
    const line = stdout.slice(start, end).slice(rule.start - rule.end);
    cells = columns.map((column, index) => line.slice(column.start, column.end).trim() + cells[index]!);
    headings.push(cells);
    end = start - 1;
  }
  return headings;
}
