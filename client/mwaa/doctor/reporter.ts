import { wrapWords } from '../../wrap-words.ts';
import type { DiagnosedStep, DiagnosisSide } from './diagnosis.ts';

const SIDE_HEADINGS: Readonly<Record<DiagnosisSide, string>> = {
  caller: "caller's side",
  function: "function's side, as the relay tells it",
  'MWAA API': 'MWAA API',
  'web server': "Airflow's web server",
};

const REPORT_WIDTH = 100;
const REMEDY_INDENT = ' '.repeat(13);

/** Writes a line a step, as each is over, with what to change below the one that failed. */
export function createReporter(write: (text: string) => void): (step: DiagnosedStep) => void {
  let side: DiagnosisSide | undefined;
  return ({ step, status, durationMs, detail, ...examined }) => {
    if (examined.side !== side) {
      write(`${side === undefined ? '' : '\n'}${SIDE_HEADINGS[examined.side]}\n`);
      side = examined.side;
    }
    const mark = status === 'failed' ? 'FAILED' : status;
    const took = durationMs === undefined ? '' : `${durationMs} ms`;
    const line = `  ${mark.padEnd(9)}  ${step.padEnd(15)}  ${took.padStart(9)}`;
    if (status !== 'failed') return write(`${`${line}  ${detail ?? ''}`.trimEnd()}\n`);
    write(`${line}\n${wrapRemedy(detail ?? '')}`);
  };
}

/** A grant stays in one line, and no word is broken: both are there to be copied. */
function wrapRemedy(text: string): string {
  const lines = text
    .split('\n')
    .flatMap((line) =>
      line.startsWith('- ') ? [line] : wrapWords(line.split(' '), REPORT_WIDTH - REMEDY_INDENT.length),
    );
  return lines.map((line) => `${REMEDY_INDENT}${line}\n`).join('');
}
