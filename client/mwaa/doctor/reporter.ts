import { escapeInvisible } from '../../../airflow/escape-text.ts';
import { wrapWords } from '../../wrap-words.ts';
import type { DiagnosedStep, DiagnosisSide } from './diagnosis.ts';

const SIDE_HEADINGS: Readonly<Record<DiagnosisSide, string>> = {
  caller: 'Caller',
  function: 'Relay function (as it reports itself)',
  'REST relay': 'REST relay function (as it reports itself)',
  'MWAA API': 'MWAA API',
  'web server': "Airflow's web server",
};

const REPORT_WIDTH = 100;
const REMEDY_INDENT = ' '.repeat(13);

/** Writes one line per step as soon as it has ended, and the remedy below a failed step. */
export function createReporter(write: (text: string) => void): (step: DiagnosedStep) => void {
  let currentSide: DiagnosisSide | undefined;
  return ({ side, step, status, durationMs, detail: rawDetail = '' }) => {
    // The detail may repeat text that others wrote.
    const detail = rawDetail.split('\n').map(escapeInvisible).join('\n');
    if (side !== currentSide) {
      write(`${currentSide === undefined ? '' : '\n'}${SIDE_HEADINGS[side]}\n`);
      currentSide = side;
    }
    const mark = status === 'failed' ? 'FAILED' : status;
    const duration = durationMs === undefined ? '' : `${durationMs} ms`;
    const line = `  ${mark.padEnd(9)}  ${step.padEnd(15)}  ${duration.padStart(9)}`;
    write(status === 'failed' ? `${line}\n${wrapRemedy(detail)}` : `${`${line}  ${detail}`.trimEnd()}\n`);
  };
}

/** Grants stay on one line and words are not broken, so that both can be copied. */
function wrapRemedy(text: string): string {
  const lines = text
    .split('\n')
    .flatMap((line) =>
      line.startsWith('- ') ? [line] : wrapWords(line.split(' '), REPORT_WIDTH - REMEDY_INDENT.length),
    );
  return lines.map((line) => `${REMEDY_INDENT}${line}\n`).join('');
}
