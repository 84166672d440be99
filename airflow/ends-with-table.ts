import { findLastOutputLine } from './log-lines.ts';

/** What Airflow prints in place of an empty table. */
export const NO_DATA = 'No data found';

/**
 * Whether the output ends with a complete table. Airflow draws tables with rich and an empty caption, so a table ends with a line
 * of spaces as wide as the rule below its heading. A truncated table lacks that line.
 */
export function endsWithTable(stdout: string): boolean {
  const headingRule = stdout.match(/^=(?:[=+]*=)?$/gm)?.at(-1) ?? '';
  return headingRule !== '' && findLastOutputLine(stdout) === ' '.repeat(headingRule.length);
}
