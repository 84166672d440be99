import {
  type FindAnswer,
  findAnyValue,
  findFromLine,
  findJson,
  findLog,
  findMatchingLines,
  findPlainTable,
  findTable,
  findText,
  findValueLines,
  findYaml,
} from './answer-forms.ts';
import { type RecordKind, type StreamRecord, splitRecords } from './stream-records.ts';
import type { CliStreams } from './streams.ts';

/** Something else than the answer that was printed: lines of one kind that follow each other, with their line ends. */
export interface StreamMessage {
  /** Where it stood. */
  readonly stream: 'stdout' | 'stderr';
  readonly kind: RecordKind;
  readonly text: string;
}

/** The streams of a command, as a script wants them. */
export interface SplitStreams {
  /** What the command was run for, as Airflow printed it. */
  readonly answer: string;
  /** Everything else that was printed: first what stood on standard output, then standard error. */
  readonly messages: readonly StreamMessage[];
}

/** What the verdict says about the streams. */
export interface KnownVerdict {
  /** Airflow returned what it returns when nothing went wrong. */
  readonly isNormalResult: boolean;
  /** The JSON value in standard output, or null. */
  readonly output?: unknown;
}

/**
 * Finds the answer of a command in its streams: the JSON, YAML or table that was requested, or the values that it prints. If there is
 * none of these, the answer is every line of standard output that is neither a log record nor a warning. Needs no catalog.
 *
 * @param argv the words of the command
 */
export function splitAnswer(
  argv: readonly string[],
  { stdout = '', stderr = '' }: Partial<CliStreams>,
  { isNormalResult, output = null }: KnownVerdict,
): SplitStreams {
  const spans = (isNormalResult ? findForm(argv)(stdout, { argv, output }) : undefined) ?? findText(stdout);
  const gaps = [...spans, { start: stdout.length }].map(({ start }, index) =>
    stdout.slice(spans[index - 1]?.end ?? 0, start),
  );
  return {
    answer: spans.map(({ start, end }) => stdout.slice(start, end)).join(''),
    messages: [
      ...createMessages(
        'stdout',
        gaps.flatMap(splitRecords).filter(({ text }) => text.trim() !== ''),
      ),
      ...createMessages('stderr', splitRecords(stderr)),
    ],
  };
}

/**
 * Joins records of one kind that follow each other, because a stream may have millions of lines. A record that begins with an escape
 * sequence begins a message: the sequence may be left out there.
 */
function createMessages(stream: StreamMessage['stream'], records: readonly StreamRecord[]): StreamMessage[] {
  const messages: { kind: RecordKind; texts: string[] }[] = [];
  let isOpen = false;
  for (const { kind, text } of records) {
    const last = messages.at(-1);
    if (last !== undefined && isOpen && last.kind === kind && !text.startsWith('\u001b')) last.texts.push(text);
    else messages.push({ kind, texts: [text] });
    isOpen = text.endsWith('\n');
  }
  return messages.map(({ kind, texts }) => ({ stream, kind, text: texts.join('') }));
}

/**
 * Airflow accepts letters and digits of every script in the id of a task. A function, because reading the classes of characters takes
 * time, and few commands need them.
 */
const createTaskPattern = (): RegExp => /^(?:[\p{L}\p{N}_.-]+| *<Task\(.*)$/u;

/** By the first words of a command, followed by a space. */
const FORMS: readonly (readonly [command: RegExp, find: FindAnswer])[] = [
  // The log of a task is what these commands are run for.
  [
    /^(?:tasks (?:test|run)|dags (?:test|backfill)|test|run|backfill(?! (?:cancel|create|list|pause|unpause) )) /,
    findLog,
  ],
  [/^(?:version|dags (?:state|next-execution)|tasks state|dag_state|next_execution|task_state) /, findValueLines],
  [/^(?:tasks list|list_tasks) /, (stdout) => findMatchingLines(stdout, createTaskPattern())],
  [/^(?:tasks failed-deps|task_failed_deps) /, findFromLine(/^Task instance dependencies /)],
  [/^(?:tasks render|render) /, findFromLine(/^# -+$/)],
  [/^(?:dags show|show_dag) /, findFromLine(/^(?:strict )?(?:di)?graph /)],
  [/^(?:variables (?:get|-g|--get)|config get-value)/, findAnyValue],
];
const FORM_BY_FORMAT: Readonly<Record<string, FindAnswer>> = { json: findJson, yaml: findYaml, plain: findPlainTable };

function findForm(argv: readonly string[]): FindAnswer {
  const words = `${argv[0]} ${argv[1] ?? ''} `;
  return FORMS.find(([command]) => command.test(words))?.[1] ?? FORM_BY_FORMAT[getFormat(argv) ?? ''] ?? findTable;
}

/** The value of `--output` in any spelling, or undefined. */
function getFormat(argv: readonly string[]): string | undefined {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => /^(?:-o|--output(?:=|$))/.test(word));
  return /^(?:-o=?|--output=)(.+)$/.exec(words[at] ?? '')?.[1] ?? (at === -1 ? undefined : words[at + 1]);
}
