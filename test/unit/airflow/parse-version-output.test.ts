import { expect, test } from 'vitest';
import { parseVersionOutput } from '../../../airflow/parse-version-output.ts';

test.each<[content: string, stdout: string, expected: string | undefined]>([
  ['the release alone', '2.10.3\n', '2.10.3'],
  ['the release after log lines', '[2026-11-22T12:00:00.000+0000] {x.py:1} INFO - 1.2.3\n2.10.3\n', '2.10.3'],
  ['the release after the version of a library', '1.26.4\n2.10.3\n', '2.10.3'],
  ['a release candidate', '3.0.0rc1\n', '3.0.0'],
  ['a colored release', '\u001b[32m3.0.6\u001b[0m\n', '3.0.6'],
  ['a number that is not a release', '2.10\n', undefined],
  ['a release in the middle of a line', 'Airflow 2.10.3\n', undefined],
  ['no output', '', undefined],
])('the release in %s: %j is %s', (_content, stdout, expected) => {
  expect(parseVersionOutput(stdout)).toBe(expected);
});
