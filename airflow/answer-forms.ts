import { NO_DATA } from './ends-with-table.ts';
import { findJsonText } from './find-json-text.ts';
import { getOutputPatterns, type OutputPatterns } from './outcome-patterns.ts';
import { type StreamRecord, splitRecords } from './stream-records.ts';
import { stripAnsi } from './streams.ts';
import type { TextSpan } from './text-lines.ts';

/** A command whose answer is searched. */
export interface AnsweredCommand {
  readonly argv: readonly string[];
  /** The JSON value that the verdict found, or null. */
  readonly output: unknown;
}

/** @returns the parts of standard output that are the answer; undefined if there is no answer of this form */
export type FindAnswer = (stdout: string, command: AnsweredCommand) => readonly TextSpan[] | undefined;

/** A record with its place in the stream. */
type PlacedRecord = StreamRecord & TextSpan;

/** The lines that are neither log records nor warnings. */
export const findText = (stdout: string): readonly TextSpan[] => toSpans(placeTexts(stdout));

/** Everything but notices. */
export const findLog: FindAnswer = (stdout) => toSpans(placeRecords(stdout).filter(({ kind }) => kind !== 'notice'));

/** A value of any form. It may have lines that look like log records, so only what precedes it is left out. */
export function findAnyValue(stdout: string): readonly TextSpan[] {
  const records = placeRecords(stdout);
  const last = records.at(-1);
  if (last?.kind === 'notice' && !last.text.endsWith('\n')) records.pop();
  const first = records.findIndex(({ kind }) => kind === 'text');
  return toSpans(first === -1 ? records.slice(-1).filter(({ kind }) => kind !== 'notice') : join(records.slice(first)));
}

/** The lines at the end that this command prints when it succeeds. */
export const findValueLines: FindAnswer = (stdout, { argv }) => {
  const { success } = getPatterns(argv);
  return success && findMatchingLines(stdout, success);
};

/** The lines at the end that match. DAG files may have printed lines before. */
export function findMatchingLines(stdout: string, value: RegExp): readonly TextSpan[] | undefined {
  const texts = placeTexts(stdout).filter(({ text }) => text.trim() !== '');
  const values = texts.slice(texts.findLastIndex(({ text }) => !value.test(toPlainLine(text))) + 1);
  return values.length === 0 ? undefined : toSpans(values);
}

/** The text from the first line that matches to the end. DAG files may have printed lines before. */
export const findFromLine =
  (heading: RegExp): FindAnswer =>
  (stdout) => {
    const texts = placeTexts(stdout);
    const first = texts.findIndex(({ text }) => heading.test(toPlainLine(text)));
    return first === -1 ? undefined : toSpans(join(texts.slice(first)));
  };

/** Where Airflow prints a sentence although JSON was requested, there is no answer: whatever reads JSON cannot read it. */
export const findJson: FindAnswer = (stdout, { output }) => {
  const known = output === null ? undefined : JSON.stringify(output);
  const span =
    (known === undefined ? undefined : findJsonText(stdout, (value) => JSON.stringify(value) === known)) ??
    findJsonText(stdout);
  if (span === undefined) return [];
  const lineEnd = /^\r?\n/.exec(stdout.slice(span.end, span.end + 2))?.[0].length ?? 0;
  return [{ start: span.start, end: span.end + lineEnd }];
};

/** The rows of a list: `- key: value`, with further lines indented. Every row has the same first key. */
export const findYaml: FindAnswer = (stdout) => {
  const texts = placeLastTexts(stdout);
  const last = texts.at(-1);
  if (last === undefined) return undefined;
  if (/^(?:\[\]|\{\})\s*$/.test(last.text)) return [last];
  const key = texts.map(({ text }) => /^- ([\w-]+):/.exec(text)?.[1]).findLast((name) => name !== undefined);
  const isRow = ({ text }: StreamRecord) => key !== undefined && text.startsWith(`- ${key}:`);
  const isPartOfRow = ({ text }: StreamRecord) => /^(?: {2}|\n|- (?![\w-]+:))/.test(text);
  const before = texts.findLastIndex((record) => !isRow(record) && !isPartOfRow(record));
  const first = texts.findIndex((record, at) => at > before && isRow(record));
  const start = texts[first]?.start;
  // The first row may stand behind what a DAG file printed.
  const behind = texts[before]?.text.search(key === undefined ? /- [\w-]+:/ : new RegExp(`- ${key}:`)) ?? -1;
  if (behind !== -1 && (first === -1 || first > before + 1))
    return [{ start: texts[before]!.start + behind, end: last.end }];
  return start === undefined ? undefined : [{ start, end: last.end }];
};

/** A table without lines: it begins with the names of its columns. */
export const findPlainTable: FindAnswer = (stdout, { argv }) => {
  const { jsonShapes = [] } = getPatterns(argv);
  const texts = placeLastTexts(stdout);
  const first = texts.findIndex(({ text }) => {
    const names = text.trim().split(/\s+/);
    return jsonShapes.some((keys) => keys.length > 0 && keys.every((key) => names.includes(key)));
  });
  return first === -1 ? undefined : join(texts.slice(first));
};

/** The last table, drawn with `|` and a rule of `=` and `+` below its heading, up to the line of spaces that ends it. */
export const findTable: FindAnswer = (stdout) => {
  const texts = placeLastTexts(stdout);
  const last = texts.findLast(({ text }) => text.trim() !== '');
  if (last?.text.trim() === NO_DATA) return [last];
  const ruleAt = texts.findLastIndex(({ text }) => /^=(?:[=+]*=)?\n$/.test(text));
  const rule = texts[ruleAt]?.text ?? '';
  if (ruleAt < 1) return undefined;
  const ending = `${' '.repeat(rule.length - 1)}\n`;
  const endAt = texts.findIndex(({ text }, at) => at > ruleAt && text === ending);
  if (endAt === -1) return undefined;
  const borders = [...rule].flatMap((character, column) => (character === '+' ? [column - rule.length] : []));
  const isHeading = (text: string) => text.length >= rule.length && borders.every((column) => text.at(column) === '|');
  // A heading of several columns may have several lines. Without borders, nothing shows where it begins.
  let headingAt = ruleAt - 1;
  while (borders.length > 0 && headingAt > 0 && isHeading(texts[headingAt - 1]!.text)) headingAt--;
  if (!isHeading(texts[headingAt]!.text)) return undefined;
  // A DAG file may have printed something in front of the heading.
  return [{ start: texts[headingAt]!.end - rule.length, end: texts[endAt]!.end }];
};

const getPatterns = ([first = '', second = '']: readonly string[]): OutputPatterns => ({
  ...getOutputPatterns([first]),
  ...getOutputPatterns([first, second]),
});

const toPlainLine = (text: string): string => stripAnsi(text).replace(/\r?\n$/, '');

function placeRecords(stdout: string): PlacedRecord[] {
  let end = 0;
  return splitRecords(stdout).map((record) => {
    const start = end;
    end += record.text.length;
    return { ...record, start, end };
  });
}

const placeTexts = (stdout: string): PlacedRecord[] => placeRecords(stdout).filter(({ kind }) => kind === 'text');

/** The lines at the end that are neither log records nor warnings. Log records after them are left out. */
function placeLastTexts(stdout: string): readonly PlacedRecord[] {
  const records = placeRecords(stdout);
  const end = records.findLastIndex(({ kind }) => kind === 'text') + 1;
  return records.slice(records.slice(0, end).findLastIndex(({ kind }) => kind !== 'text') + 1, end);
}

/** One record from the first to the last. */
const join = (records: readonly PlacedRecord[]): PlacedRecord[] =>
  records.length === 0 ? [] : [{ ...records[0]!, end: records.at(-1)!.end }];

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
const COLOR_RESET = /^(?:\u001b\[0?m)+/;

/** The places of records, without the color reset that MWAA prints before the first one. */
const toSpans = (records: readonly PlacedRecord[]): TextSpan[] =>
  records.map(({ text, start, end }, index) => {
    const resetLength = index === 0 ? (COLOR_RESET.exec(text)?.[0].length ?? 0) : 0;
    return { start: start + resetLength, end };
  });
