import { expect, test } from 'vitest';
import { truncateStreams } from '../../../mwaa/cli/truncate-streams.ts';

/** é has two bytes, € three, 😀 four. Characters are never split. */
test.each<[stdout: string, stderr: string, maxBytes: number, truncated: object]>([
  ['abc', 'abc', 3, { stdout: 'abc', stderr: 'abc' }],
  ['abcd', 'abcd', 3, { stdout: 'abc', stderr: 'bcd', stdoutTruncated: true, stderrTruncated: true }],
  ['abcd', '', 3, { stdout: 'abc', stderr: '', stdoutTruncated: true }],
  ['', 'abcd', 3, { stdout: '', stderr: 'bcd', stderrTruncated: true }],
  ['ab€', '€ab', 5, { stdout: 'ab€', stderr: '€ab' }],
  ['ab€', '€ab', 4, { stdout: 'ab', stderr: 'ab', stdoutTruncated: true, stderrTruncated: true }],
  ['aéb', 'aéb', 2, { stdout: 'a', stderr: 'b', stdoutTruncated: true, stderrTruncated: true }],
  ['😀', '😀', 3, { stdout: '', stderr: '', stdoutTruncated: true, stderrTruncated: true }],
])('truncates stdout %j and stderr %j to %i bytes', (stdout, stderr, maxBytes, truncated) => {
  expect(truncateStreams({ stdout, stderr }, maxBytes)).toEqual(truncated);
});

test('keeps the return code', () => {
  expect(truncateStreams({ stdout: 'ab', stderr: '', returncode: 1 }, 1)).toEqual({
    stdout: 'a',
    stderr: '',
    returncode: 1,
    stdoutTruncated: true,
  });
});
