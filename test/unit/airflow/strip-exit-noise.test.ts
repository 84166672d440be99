import { describe, expect, test } from 'vitest';
import { findLastErrorLine, generateErrorLines, TRACEBACK_HEADING } from '../../../airflow/strip-exit-noise.ts';

const AIRFLOW = `${TRACEBACK_HEADING}\n  File "/usr/local/bin/airflow", line 8, in <module>\n    sys.exit(main())\na.B: no`;
const OTHER = `${TRACEBACK_HEADING}\n  File "/usr/local/airflow/dags/x.py", line 8, in bye\n    y()\na.B: bye`;

describe('removes what does not affect the exit status', () => {
  test.each<[what: string, stderr: string, kept: string]>([
    ['nothing from an empty stream', '', ''],
    ['no ordinary lines', 'a\nb\n', 'a\nb'],
    ['a log line', '[2026-11-22T12:00:00.000+0000] {x.py:1} INFO - x\na', 'a'],
    ['a warning', 'sys:1: ResourceWarning: x\na', 'a'],
    ['a warning with its line of code', '/x.py:3: DeprecationWarning: x\n  import x\na', 'a'],
    ['a warning, but not a line indented by one space', '/x.py:3: Warning: x\n a', ' a'],
    ['a warning at the end', 'a\n/x.py:3: UserWarning: x', 'a'],
    ['a warning, but not the traceback of Airflow below it', `/x.py:3: UserWarning: x\n${AIRFLOW}`, AIRFLOW],
    [
      'a warning, but not the entry frame of Airflow below it',
      `x:1: Warning: \n${AIRFLOW.split('\n')[1]}`,
      AIRFLOW.split('\n')[1]!,
    ],
    ['an ignored exception', `a\nException ignored in: <x>\n${OTHER}\nb`, 'a\nb'],
    ['an ignored exception at exit', `Exception ignored in atexit callback: <x>\n${OTHER}\nb`, 'b'],
    ['an ignored exception at exit in older Pythons', `Error in atexit._run_exitfuncs:\n${OTHER}\nb`, 'b'],
    ['the notice of an ignored exception without a traceback', 'Exception ignored in: <x>\na\n  b', 'a\n  b'],
    ['a truncated ignored exception', `a\nException ignored in: <x>\n${TRACEBACK_HEADING}\n  File "/x"`, 'a'],
    ['no traceback of Airflow, even after such a notice', `Exception ignored in: <x>\n${AIRFLOW}`, AIRFLOW],
    ['no traceback that is not ignored', OTHER, OTHER],
    ['no line that only mentions an ignored exception', 'no Exception ignored in: x', 'no Exception ignored in: x'],
  ])('%s', (_what, stderr, kept) => {
    expect([...generateErrorLines(stderr)].join('\n')).toBe(kept);
    expect(findLastErrorLine(stderr)).toBe(kept.split('\n').at(-1));
  });
});
