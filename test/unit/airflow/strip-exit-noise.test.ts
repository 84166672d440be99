import { describe, expect, test } from 'vitest';
import { stripExitNoise } from '../../../airflow/strip-exit-noise.ts';

const HEADING = 'Traceback (most recent call last):';
const AIRFLOW = `${HEADING}\n  File "/usr/local/bin/airflow", line 8, in <module>\n    sys.exit(main())\na.B: no`;
const OTHER = `${HEADING}\n  File "/usr/local/airflow/dags/x.py", line 8, in bye\n    y()\na.B: bye`;

describe('what comes of itself is left out of standard error', () => {
  test.each<[what: string, stderr: string, kept: string]>([
    ['nothing', '', ''],
    ['what is said', 'a\nb\n', 'a\nb\n'],
    ['a log line', '[2026-11-22T12:00:00.000+0000] {x.py:1} INFO - x\na', 'a'],
    ['a warning', 'sys:1: ResourceWarning: x\na', 'a'],
    ['a warning with its line of code', '/x.py:3: DeprecationWarning: x\n  import x\na', 'a'],
    ['a warning before something indented by one', '/x.py:3: Warning: x\n a', ' a'],
    ['a warning at the end', 'a\n/x.py:3: UserWarning: x', 'a'],
    ['a warning before Airflow’s frame', `/x.py:3: UserWarning: x\n${AIRFLOW}`, AIRFLOW],
    ['a warning that stands in front of a frame', `x:1: Warning: \n${AIRFLOW.split('\n')[1]}`, AIRFLOW.split('\n')[1]!],
    ['an ignored error', `a\nException ignored in: <x>\n${OTHER}\nb`, 'a\nb'],
    ['an ignored error at exit', `Exception ignored in atexit callback: <x>\n${OTHER}\nb`, 'b'],
    ['an error at exit of older Pythons', `Error in atexit._run_exitfuncs:\n${OTHER}\nb`, 'b'],
    ['an ignored error without a traceback', 'Exception ignored in: <x>\na\n  b', 'a\n  b'],
    ['an ignored error that is cut off', `a\nException ignored in: <x>\n${HEADING}\n  File "/x"`, 'a'],
    ['what is called ignored, and is Airflow’s', `Exception ignored in: <x>\n${AIRFLOW}`, AIRFLOW],
    ['a traceback that is not ignored', OTHER, OTHER],
    ['words about ignored errors', 'no Exception ignored in: x', 'no Exception ignored in: x'],
  ])('%s', (_what, stderr, kept) => expect(stripExitNoise(stderr)).toBe(kept));
});
