import type { RunOptions } from './library/request-command.ts';
import type { Terminal } from './terminal.ts';

/**
 * The listener that says, once and only on a terminal, that a command waits for a free slot. It prints a whole line, so that
 * whatever is printed next starts on a new one.
 */
export function createWaitNotice(
  { columns }: Pick<Terminal, 'columns'>,
  printMessage: (text: string) => void,
): Pick<RunOptions, 'onWait'> {
  if (columns === undefined) return {};
  let isPrinted = false;
  return {
    onWait() {
      if (!isPrinted) printMessage('waiting for a free slot …');
      isPrinted = true;
    },
  };
}
