import type { SplitStreams, StreamMessage } from '../../airflow/split-answer.ts';
import type { CliStreams } from '../../airflow/streams.ts';

/** Both streams, each within the size limit. */
export interface TruncatedStreams extends CliStreams {
  /** Only the start of stdout is included. */
  readonly stdoutTruncated?: true;
  /** Only the end of stderr is included, where the error is. */
  readonly stderrTruncated?: true;
}

/**
 * Truncates each stream to a number of UTF-8 bytes, without splitting a character. Use it only for the response to the caller, because the output
 * and the verdict are read from the complete streams.
 */
export function truncateStreams(streams: CliStreams, maxBytes: number): TruncatedStreams {
  const stdout = keepStart(streams.stdout, maxBytes);
  const stderr = keepEnd(streams.stderr, maxBytes);
  return {
    ...streams,
    stdout,
    stderr,
    ...(stdout.length < streams.stdout.length ? { stdoutTruncated: true } : {}),
    ...(stderr.length < streams.stderr.length ? { stderrTruncated: true } : {}),
  };
}

/** The answer and the messages, each within the size limit. */
export interface TruncatedSplitStreams extends SplitStreams {
  /** Only the start of the answer is included. */
  readonly answerTruncated?: true;
  /** Only the last messages are included, where the error is. */
  readonly messagesTruncated?: true;
}

/** Truncates the answer and the messages to a number of bytes each, like `truncateStreams`. The messages are counted as JSON. */
export function truncateSplitStreams({ answer, messages }: SplitStreams, maxBytes: number): TruncatedSplitStreams {
  const start = keepStart(answer, maxBytes);
  const end = keepLastMessages(messages, maxBytes);
  return {
    answer: start,
    messages: end,
    ...(start.length < answer.length ? { answerTruncated: true } : {}),
    ...(end === messages ? {} : { messagesTruncated: true }),
  };
}

/** At least as many bytes as JSON has around the text of a message. */
export const MESSAGE_BYTES = JSON.stringify({ stream: 'stderr', kind: 'warning', text: '' }).length + 1;

function keepLastMessages(messages: readonly StreamMessage[], maxBytes: number): readonly StreamMessage[] {
  let room = maxBytes;
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]!;
    room -= MESSAGE_BYTES;
    const text = room > 0 ? keepEnd(message.text, room) : '';
    if (text.length < message.text.length)
      return [...(text === '' ? [] : [{ ...message, text }]), ...messages.slice(at + 1)];
    room -= Buffer.byteLength(text);
  }
  return messages;
}

/** Whether a text has at most a number of UTF-8 bytes. A character has at most three bytes for each of its UTF-16 units. */
export const fits = (text: string, maxBytes: number): boolean =>
  text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes;

/** Continuation bytes of a UTF-8 character start with the bits 10. */
const isContinuationByte = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Each character has at least one byte, so no more characters than bytes are encoded. */
function keepStart(text: string, maxBytes: number): string {
  if (fits(text, maxBytes)) return text;
  const start = text.slice(0, maxBytes);
  if (fits(start, maxBytes)) return start;
  const bytes = Buffer.from(start, 'utf8');
  let end = maxBytes;
  while (end > 0 && isContinuationByte(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function keepEnd(text: string, maxBytes: number): string {
  if (fits(text, maxBytes)) return text;
  const end = text.slice(Math.max(0, text.length - maxBytes));
  if (fits(end, maxBytes)) return end;
  const bytes = Buffer.from(end, 'utf8');
  let start = bytes.length - maxBytes;
  while (start < bytes.length && isContinuationByte(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}
