import { expect, test } from 'vitest';
import { MESSAGE_BYTES, truncateSplitStreams, truncateStreams } from '../../../mwaa/cli/truncate-streams.ts';

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

const createMessage = (text: string) => ({ stream: 'stderr', kind: 'warning', text }) as const;

test.each<[texts: string[], room: number, kept: string[] | undefined]>([
  [['abc', 'de'], 5, undefined],
  [['abc', 'de'], 4, ['bc', 'de']],
  [['abc', 'de'], 2, ['de']],
  [['a€', 'de'], 4, ['de']],
  [['abc', 'de'], 1 - MESSAGE_BYTES, ['e']],
  [['abc', 'de'], -2 * MESSAGE_BYTES, []],
])('keeps the last messages of %j within two messages and %i bytes', (texts, room, kept) => {
  const messages = texts.map(createMessage);
  const truncated = truncateSplitStreams({ answer: 'é', messages }, 2 * MESSAGE_BYTES + room);

  expect(truncated.messages).toEqual((kept ?? texts).map(createMessage));
  expect(truncated.messagesTruncated).toBe(kept === undefined ? undefined : true);
  expect(Buffer.byteLength(JSON.stringify(truncated.messages))).toBeLessThanOrEqual(
    Math.max(2 * MESSAGE_BYTES + room, 0) + 2,
  );
});

test('keeps the beginning of the answer', () => {
  expect(truncateSplitStreams({ answer: 'aé', messages: [] }, 2)).toEqual({
    answer: 'a',
    messages: [],
    answerTruncated: true,
  });
});
