import { stripAnsi } from './streams.ts';

/**
 * What is on a stream without the command's doing: log lines in the formats of 1.10 to 3.x, and what MWAA's own log
 * handlers print.
 */
const LOG_LINE_PATTERNS = [
  /^\[\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+\] [{[]/, // [2026-11-22T12:00:00.123+0000] {dagbag.py:588} INFO - …
  /^\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+ \[(debug|info|warning|error|critical) *\] /, // 2026-11-22T12:00:00.123456Z [info     ] …
  /^(DEBUG|INFO|WARNI?N?G?|ERROR|CRITICAL) {1,5}\[[\w.]+\] /, // INFO  [alembic.runtime.plugins] setup plugin …
  /^CloudWatch logging is disabled for /,
];

export const isLogLine = (line: string): boolean => LOG_LINE_PATTERNS.some((noise) => noise.test(line));

/** The stream without the log lines that come after everything else. */
export function stripTrailingLogLines(stream: string): string {
  let end = stream.length;
  while (end > 0) {
    const start = stream.lastIndexOf('\n', end - 2) + 1;
    if (!isLogLine(stream.slice(start, end))) break;
    end = start;
  }
  return stream.slice(0, end);
}

/** The last line that is no log line and not empty, or `''`. A line of nothing but spaces is one. */
export function findLastOutputLine(stream: string): string {
  for (let end = stream.length; end > 0; ) {
    const start = stream.lastIndexOf('\n', end - 1) + 1;
    const line = stream.slice(start, end).replace(/\r$/, '');
    if (line !== '' && !isLogLine(line)) return line;
    end = start - 1;
  }
  return '';
}

/** What Airflow prints in place of an empty table. */
export const NO_DATA = 'No data found';

/**
 * Whether a table of Airflow's stands there, to its end. Airflow draws tables with rich and leaves their caption blank, so
 * the last thing of a table is a line of spaces as wide as the rule below its heading: a table that is cut lacks it.
 */
export function endsWithTable(stdout: string): boolean {
  const rule = stdout.match(/^=(?:[=+]*=)?$/gm)?.at(-1) ?? '';
  return rule !== '' && findLastOutputLine(stdout) === ' '.repeat(rule.length);
}

/** The release that the command `version` prints, as in `2.10.3`, or undefined. */
export const parseVersionOutput = (stdout: string): string | undefined =>
  /^\d+\.\d+\.\d+/m.exec(stripAnsi(stdout))?.[0];
