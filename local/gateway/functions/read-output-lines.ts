/** Splits a process's output into lines, and detects the end of an invocation's output by a marker line. */
import type { Readable } from 'node:stream';

export interface OutputLines {
  /** Resolves when the process has written this marker line, or has closed the stream. */
  waitFor(marker: string): Promise<void>;
}

/** Calls `onLine` with each line that is not a marker. */
export function readOutputLines(
  stream: Readable,
  isMarker: (line: string) => boolean,
  onLine: (line: string) => void,
): OutputLines {
  const waiting = new Map<string, () => void>();
  const seen = new Set<string>();
  let rest = '';
  let closed = false;
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!isMarker(line)) onLine(line);
      else if (waiting.has(line)) waiting.get(line)?.();
      else seen.add(line);
    }
  });
  stream.on('close', () => {
    closed = true;
    if (rest !== '') onLine(rest);
    for (const settle of waiting.values()) settle();
  });
  return {
    waitFor: (marker) =>
      new Promise((resolve) => {
        if (closed || seen.delete(marker)) resolve();
        else
          waiting.set(marker, () => {
            waiting.delete(marker);
            resolve();
          });
      }),
  };
}
