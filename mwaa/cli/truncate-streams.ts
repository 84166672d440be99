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

/** Continuation bytes of a UTF-8 character start with the bits 10. */
const isContinuationByte = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

function keepStart(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && isContinuationByte(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function keepEnd(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let start = bytes.length - maxBytes;
  while (start < bytes.length && isContinuationByte(bytes[start])) start += 1;
  return bytes.toString('utf8', start);
}
