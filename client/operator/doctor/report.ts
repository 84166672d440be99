import { filled } from '../../filled.ts';
import type { ExaminedStep, Side } from './examination.ts';

const HEADINGS: Readonly<Record<Side, string>> = {
  caller: "caller's side",
  function: "function's side, as the relay tells it",
  'MWAA API': 'MWAA API',
  'web server': "Airflow's web server",
};

const COLUMNS = 100;
const INDENT = ' '.repeat(13);

/** Writes a line a step, as each is over, with what to change below the one that failed. */
export function reporter(write: (text: string) => void): (step: ExaminedStep) => void {
  let side: Side | undefined;
  return ({ step, status, durationMs, detail, ...examined }) => {
    if (examined.side !== side) {
      write(`${side === undefined ? '' : '\n'}${HEADINGS[examined.side]}\n`);
      side = examined.side;
    }
    const mark = status === 'failed' ? 'FAILED' : status;
    const took = durationMs === undefined ? '' : `${durationMs} ms`;
    const line = `  ${mark.padEnd(9)}  ${step.padEnd(15)}  ${took.padStart(9)}`;
    if (status !== 'failed') return write(`${`${line}  ${detail ?? ''}`.trimEnd()}\n`);
    write(`${line}\n${wrapped(detail ?? '')}`);
  };
}

/** A grant stays in one line, and no word is broken: both are there to be copied. */
function wrapped(text: string): string {
  const lines = text
    .split('\n')
    .flatMap((line) => (line.startsWith('- ') ? [line] : filled(line.split(' '), COLUMNS - INDENT.length)));
  return lines.map((line) => `${INDENT}${line}\n`).join('');
}
