import { Readable } from 'node:stream';
import type { Terminal } from '../client/terminal.ts';

/** A terminal that records what a program writes to it. */
export function createRecordedTerminal(
  environment: NodeJS.ProcessEnv,
  stdin = '',
): { readonly terminal: Terminal; readonly written: { stdout: string; stderr: string } } {
  const written = { stdout: '', stderr: '' };
  const terminal: Terminal = {
    environment,
    stdin: () => Readable.from([stdin]),
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
  };
  return { terminal, written };
}
