import { isLogLine } from './log-lines.ts';

/** The first line of a traceback. */
export const TRACEBACK_HEADING = 'Traceback (most recent call last):';
/** The first frame of a traceback that starts at Airflow's own entry point. */
export const AIRFLOW_ENTRY_FRAME = /^ {2}File ".*\/airflow(?:\/__main__\.py)?", line \d+, in <module>$/;

/** Python's notice of an exception that it ignores, in `__del__` or in an exit callback. It does not affect the exit status. */
const IGNORED_EXCEPTION_LINE = /^(?:Exception ignored (?:in|on|while)[ :]|Error in atexit\._run_exitfuncs:)/;
const WARNING_LINE = /^\S+:\d+: \w*Warning: /;

/** Warnings that Python prints while it exits: about open files, and from the process that tracks semaphores. */
export const isExitWarning = (line: string): boolean =>
  /^(?:sys:\d+: ResourceWarning: |\S+\/resource_tracker\.py:\d+: UserWarning: )/.test(line);

/**
 * Removes from standard error what does not affect the exit status: log lines, warnings with the line of code below them, and
 * exceptions that Python ignored, with their tracebacks. Airflow's own traceback is always kept.
 */
export function stripExitNoise(stderr: string): string {
  const lines = stderr.split('\n');
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const ignoredEnd = findEndOfIgnoredException(lines, at);
    if (ignoredEnd !== undefined) at = ignoredEnd;
    else if (WARNING_LINE.test(line)) {
      if (lines[at + 1]?.startsWith('  ') && !AIRFLOW_ENTRY_FRAME.test(lines[at + 1]!)) at += 1;
    } else if (!isLogLine(line)) kept.push(line);
  }
  return kept.join('\n');
}

/**
 * The index of the last line that belongs to an ignored exception: its notice, or the end of the traceback below it.
 *
 * @returns undefined if no ignored exception begins at the index
 */
export function findEndOfIgnoredException(lines: readonly string[], at: number): number | undefined {
  if (!IGNORED_EXCEPTION_LINE.test(lines[at]!)) return undefined;
  if (lines[at + 1] !== TRACEBACK_HEADING || AIRFLOW_ENTRY_FRAME.test(lines[at + 2] ?? '')) return at;
  let end = at + 2;
  while (end < lines.length && lines[end]!.startsWith(' ')) end++;
  return end;
}
