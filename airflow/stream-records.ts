import { isLogLine } from './log-lines.ts';
import { stripAnsi } from './streams.ts';
import { TRACEBACK_HEADING } from './strip-exit-noise.ts';

/**
 * What printed a part of a stream. `notice`: MWAA, Airflow about its own start, the same for every command, or Airflow 3 about its steps,
 * at level INFO or below. `warning`: a Python warning. `log`: any other log record. `text`: everything else.
 */
export type RecordKind = 'notice' | 'warning' | 'log' | 'text';

/** A line of a stream, or the lines that belong together, with the line ends. */
export interface StreamRecord {
  readonly kind: RecordKind;
  readonly text: string;
}

/** As Python and Airflow print it: `/path/file.py:22: UserWarning: …`, `/path/file.py:22 FutureWarning: …`. */
const WARNING_LINE = /^\S+:\d+:? \w*Warning: /;
/** Log records that carry a Python warning: of `logging.captureWarnings` and of structlog. */
const LOGGED_WARNING = /(?:\{warnings\.py:\d+\} WARNING - |\[py\.warnings\])/;
const NOTICE_LINE =
  /^CloudWatch logging is disabled for |(?:\] (?:\{[\w.]+:\d+\} )?INFO - |\[info *\] |^INFO {1,5}\[[\w.]+\] )(?:setup plugin alembic\.|Context impl \w+\.$|Will assume (?:non-)?transactional DDL|Loaded API auth backend: |Filling up the DagBag from |DAG bundles loaded: |Using executor \w+$)/;
/** A record of structlog by a logger of Airflow itself. The loggers of DAG files and tasks have other names. */
const AIRFLOW_STEP = /^\S+ \[(?:debug|info) *\] .* \[airflow\.[\w.]+\](?: |$)/s;
const TASK_LOGGER = / \[airflow\.task[\w.]*\](?: |$)/;
/** Airflow 3 prints it for whatever secret of its configuration is short, also without a logger. */
const SHORT_SECRET = /(?:^|\] )Skipping masking for a secret as it's too short \(<\d+ chars\)(?: +\[[\w.]+\].*)?$/;
/** A record of structlog, up to the name of its logger. The message may have several lines. */
const STRUCTLOG_LINE = /^\d{4}-\d\d-\d\d[T ][\d:.,+Z-]+ \[\w+ *\] /;
const STRUCTLOG_LOGGER = / \[[\w.]+\](?: |$)/;
const MAX_MESSAGE_LINES = 20;
/** The lines of a warning that many releases print when they import a command. */
const GRAPHVIZ_LINE = /^(?:You might need to install the graphviz package|Run `pip install graphviz`)/;

/** Airflow prints fewer lines. A stream may have millions of them, and a list of those takes more memory than the relay has. */
const MAX_LINES = 50_000;

/** Splits a stream into its records. The texts joined are the stream. A stream with too many lines is one record. */
export function splitRecords(stream: string): StreamRecord[] {
  if (hasMoreLines(stream, MAX_LINES)) return [{ kind: 'text', text: stream }];
  const lines = stream.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const records: StreamRecord[] = [];
  for (let at = 0; at < lines.length; ) {
    const [kind, end] = readRecord(lines, at);
    records.push({ kind, text: lines.slice(at, end).join('') });
    at = end;
  }
  return records;
}

function hasMoreLines(stream: string, maxLines: number): boolean {
  let count = 0;
  for (let at = stream.indexOf('\n'); at !== -1 && count <= maxLines; at = stream.indexOf('\n', at + 1)) count += 1;
  return count > maxLines;
}

/** The kind of the record that begins at a line, and the index of the line after it. */
function readRecord(lines: readonly string[], at: number): [kind: RecordKind, end: number] {
  const line = toPlain(lines[at]!);
  if (WARNING_LINE.test(line)) return ['warning', findEndOfWarning(lines, at + 1)];
  if (line === '' && lines[at] !== '\n') return ['notice', at + 1];
  if (SHORT_SECRET.test(line)) return ['notice', at + 1];
  if (!isLogLine(line)) return ['text', at + 1];
  const messageEnd = findEndOfMessage(lines, at);
  const message = lines.slice(at, messageEnd).map(toPlain);
  if (message.some((text) => LOGGED_WARNING.test(text))) return ['warning', findEndOfWarning(lines, messageEnd)];
  if (NOTICE_LINE.test(line) || isAirflowStep(message.join('\n'))) return ['notice', messageEnd];
  return ['log', findEndOfTraceback(lines, messageEnd)];
}

const isAirflowStep = (record: string): boolean => AIRFLOW_STEP.test(record) && !TASK_LOGGER.test(record);

const toPlain = (line: string): string => (line.includes('\u001b') ? stripAnsi(line) : line).replace(/\r?\n$/, '');

/** Python prints the line of code below a warning. */
function findEndOfWarning(lines: readonly string[], from: number): number {
  let end = from;
  if (lines[end]?.startsWith('  ') && lines[end - 1]!.endsWith('\n') && !lines[end]!.startsWith('  File "')) end += 1;
  while (end < lines.length && GRAPHVIZ_LINE.test(toPlain(lines[end]!))) end += 1;
  return end;
}

function findEndOfMessage(lines: readonly string[], at: number): number {
  const line = toPlain(lines[at]!);
  const head = STRUCTLOG_LINE.exec(line)?.[0];
  if (head === undefined || STRUCTLOG_LOGGER.test(line.slice(head.length))) return at + 1;
  for (let end = at + 1; end < lines.length && end <= at + MAX_MESSAGE_LINES; end++) {
    const next = toPlain(lines[end]!);
    if (isLogLine(next)) break;
    if (STRUCTLOG_LOGGER.test(next)) return end + 1;
  }
  return at + 1;
}

/** The traceback below a log record, with those of the exceptions that caused it. */
function findEndOfTraceback(lines: readonly string[], from: number): number {
  let end = from;
  while (lines[end] !== undefined && toPlain(lines[end]!) === TRACEBACK_HEADING) {
    end += 1;
    while (lines[end]?.startsWith(' ')) end += 1;
    end = Math.min(end + 1, lines.length);
    const isChained =
      lines[end] === '\n' && /^(?:During handling of|The above exception was) /.test(lines[end + 1] ?? '');
    if (isChained && lines[end + 2] === '\n') end += 3;
  }
  return end;
}
