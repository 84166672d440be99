import type { CliStreams } from '../../airflow/streams.ts';

/** Both streams, each no longer than it may be. */
export interface TruncatedStreams extends CliStreams {
  /** Standard output is only its beginning. */
  readonly stdoutTruncated?: true;
  /** Standard error is only its end: what went wrong stands there. */
  readonly stderrTruncated?: true;
}

/**
 * Cuts each stream to so many bytes of UTF-8, at the border of a character, and says so. For what is passed on to the
 * caller: output and verdict are read from the whole streams, before.
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

/** The first two bits of every byte of a UTF-8 character but its first are 10. */
const isContinuationByte = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

function keepStart(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let to = maxBytes;
  while (to > 0 && isContinuationByte(bytes[to])) to -= 1;
  return bytes.toString('utf8', 0, to);
}

function keepEnd(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let from = bytes.length - maxBytes;
  while (from < bytes.length && isContinuationByte(bytes[from])) from += 1;
  return bytes.toString('utf8', from);
}
