/** Splits what a process writes into lines, and knows when an invocation has written its last one. */
import type { Readable } from 'node:stream';

export interface OutputLines {
  /** Settles when this line has come, or when nothing more can. */
  waitFor(line: string): Promise<void>;
}

/** Hands on each line but those that `until` waits for. */
export function readOutputLines(
  stream: Readable,
  isMark: (line: string) => boolean,
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
      if (!isMark(line)) onLine(line);
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
    waitFor: (line) =>
      new Promise((resolve) => {
        if (closed || seen.delete(line)) resolve();
        else
          waiting.set(line, () => {
            waiting.delete(line);
            resolve();
          });
      }),
  };
}
