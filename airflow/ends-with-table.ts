import { findLastOutputLine } from './log-lines.ts';

/** What Airflow prints in place of an empty table. */
export const NO_DATA = 'No data found';

/**
 * Whether the output ends with a complete table of this command. Airflow draws tables with rich and an empty caption, so a table ends
 * with a line of spaces as wide as the rule below its heading. A truncated table lacks that line.
 *
 * @param shapes columns that every table of this command has, one list for each generation of releases
 */
export function endsWithTable(stdout: string, shapes: readonly (readonly string[])[] = [[]]): boolean {
  const [before = '', rule = ''] = splitAtLastRule(stdout);
  if (rule === '' || findLastOutputLine(stdout) !== ' '.repeat(rule.length)) return false;
  const headings = listHeadings(before, rule);
  return shapes.some(
    (names) => names.length === 0 || headings.some((cells) => names.every((name) => cells.includes(name))),
  );
}

function splitAtLastRule(stdout: string): string[] {
  const rule = [...stdout.matchAll(/^=(?:[=+]*=)?$/gm)].at(-1);
  return rule ? [stdout.slice(0, rule.index), rule[0]] : [];
}

/** The most lines on which the heading of a narrow column is wrapped. */
const MAX_HEADING_LINES = 12;

/**
 * The cells of the heading above a rule, read from the last line, the last two lines and so on: a long name is wrapped. A line may begin
 * with text that a DAG file printed without a line end.
 */
function listHeadings(before: string, rule: string): string[][] {
  const columns = [...rule.matchAll(/=+/g)].map(({ index, 0: { length } }) => [index, index + length] as const);
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
