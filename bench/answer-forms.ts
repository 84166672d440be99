import { createWebServerAnswer } from './requests.ts';

/** An answer of the web server, in a form that is read in its own way. */
export interface AnswerForm {
  readonly name: string;
  readonly stdout: string;
  readonly stderr: string;
}

const MEGABYTE = 1024 * 1024;

const createRow = (index: number, text: string) =>
  JSON.stringify({
    dag_id: 'reporting_daily',
    run_id: `scheduled__2026-11-10T00:00:00+00:00_${index}`,
    state: 'success',
    execution_date: '2026-11-10T00:00:00+00:00',
    note: text,
  });

/** A JSON list of rows of a size, as Airflow prints it: in one line. */
function createRows(bytes: number, text = ''): string {
  const row = createRow(1_000_000, text);
  const count = Math.max(1, Math.floor(bytes / (row.length + 2)));
  return `[${Array.from({ length: count }, (_, index) => createRow(1_000_000 + index, text)).join(', ')}]\n`;
}

const repeat = (line: string, bytes: number): string => line.repeat(Math.floor(bytes / Buffer.byteLength(line)));

const LOG_LINE =
  '[2026-11-29T08:00:00.000+0000] {dagbag.py:587} INFO - Filling up the DagBag from /usr/local/airflow/dags\n';

/** Answers of ten rows, of 1 MB and of 6 MB, and 6 MB in other forms. */
export const createAnswerForms = (): readonly AnswerForm[] => [
  { name: 'ten rows', stdout: createRows(1700), stderr: '' },
  { name: 'rows, 1 MB', stdout: createRows(MEGABYTE), stderr: '' },
  { name: 'rows, 6 MB', stdout: createRows(6 * MEGABYTE), stderr: '' },
  {
    name: 'rows with characters of two to four bytes, 6 MB',
    stdout: createRows(4.2 * MEGABYTE, 'é日🚀'.repeat(9)),
    stderr: '',
  },
  {
    name: '3 MB of log lines, then rows, 3 MB',
    stdout: repeat(LOG_LINE, 3 * MEGABYTE) + createRows(3 * MEGABYTE),
    stderr: '',
  },
  {
    name: 'rows, 3 MB, and 3 MB of log lines on standard error',
    stdout: createRows(3 * MEGABYTE),
    stderr: repeat(LOG_LINE, 3 * MEGABYTE),
  },
];

/** As many line ends on standard error as fit into the largest answer that a relay reads by default. */
export const LINE_ENDS: AnswerForm = {
  name: 'four million line ends on standard error',
  stdout: createRows(1700),
  stderr: '\n'.repeat(4_000_000),
};

/** Answers of 5.9 MB for which a parser needs many times their length in memory: nested brackets, small objects, decimals. */
export const createDenseAnswers = (): readonly AnswerForm[] => {
  const bytes = 5.9 * MEGABYTE;
  const run = (note: string) => `[{"dag_id": "reporting_daily", "run_id": "r", "note": ${note}}]\n`;
  const levels = repeat('[{"a":', (6 * bytes) / 8);
  return [
    { name: 'brackets in each other on one line', stdout: `${levels}0${repeat('}]', (2 * bytes) / 8)}\n`, stderr: '' },
    { name: 'two million empty objects', stdout: `[${repeat('{},', bytes)}{}]\n`, stderr: '' },
    { name: 'a million decimals', stdout: run(`[${repeat('1.10, ', bytes)}0]`), stderr: '' },
  ];
};

/** The body of the web server's response. */
export const toAnswerBody = ({ stdout, stderr }: AnswerForm): string => createWebServerAnswer(stdout, stderr);
