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

/** A character has at most three bytes for each of its UTF-16 units. */
const fits = (text: string, maxBytes: number): boolean =>
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
