import { isLogLine } from './log-lines.ts';

/** How a traceback begins. */
export const TRACEBACK_HEADING = 'Traceback (most recent call last):';
/** The first frame of one that starts at Airflow's own entry point. */
export const AIRFLOW_ENTRY_FRAME = /^ {2}File ".*\/airflow(?:\/__main__\.py)?", line \d+, in <module>$/;

/** What Python says of errors that it does not let through: in `__del__`, in callbacks at exit. The exit status is not theirs. */
const IGNORED_EXCEPTION_LINE = /^(?:Exception ignored (?:in|on|while)[ :]|Error in atexit\._run_exitfuncs:)/;
const WARNING_LINE = /^\S+:\d+: \w*Warning: /;

/**
 * Standard error without what comes of itself: log lines, warnings with the line of code below them, and errors that Python
 * ignored, with their tracebacks. Airflow's own traceback is never taken for one of these.
 */
export function stripExitNoise(stderr: string): string {
  const lines = stderr.split('\n');
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (WARNING_LINE.test(line)) {
      if (lines[at + 1]?.startsWith('  ') && !AIRFLOW_ENTRY_FRAME.test(lines[at + 1]!)) at += 1;
    } else if (IGNORED_EXCEPTION_LINE.test(line)) at = findEndOfIgnoredException(lines, at);
    else if (!isLogLine(line)) kept.push(line);
  }
  return kept.join('\n');
}

/** The last line of what was ignored: the heading alone, or the traceback below it with its exception. */
function findEndOfIgnoredException(lines: readonly string[], at: number): number {
  if (lines[at + 1] !== TRACEBACK_HEADING || AIRFLOW_ENTRY_FRAME.test(lines[at + 2] ?? '')) return at;
  let end = at + 2;
  while (end < lines.length && lines[end]!.startsWith(' ')) end++;
  return end;
}
