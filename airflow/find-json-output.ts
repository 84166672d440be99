import { keepLongNumbers, parseBoundedJson } from './parse-json.ts';
import { type JsonForm, readRows } from './read-rows.ts';
import { findLineStart, type TextSpan } from './text-lines.ts';

/** Where the JSON output of a command stands in its standard output. */
export interface JsonOutput {
  readonly value: readonly object[];
  readonly start: number;
  /** The position after the closing bracket. */
  readonly end: number;
  /** The first row of another command: its names are not those of the form. */
  readonly foreignRow?: object | undefined;
  /** Some numbers are not as they were written. */
  readonly hasChangedNumbers?: boolean;
}

/**
 * Finds the output of a command with `--output json`: the last complete JSON list of objects that ends at the end of a line. Log
 * lines, warnings and output of DAG files may surround it, and it may span several lines. It may begin in the middle of its last line
 * if it has the keys of this command: a DAG file may have printed text without a line end before it.
 *
 * The time grows linearly with the length of the text: a list on one line is parsed at once; otherwise brackets are paired in one pass,
 * and only paired spans are parsed.
 *
 * @param form what the objects of this command's output are
 * @param lastLine where the last line is, if it is known
 * @returns undefined if there is none
 */
export function findJsonOutput(stdout: string, form: JsonForm = {}, lastLine?: TextSpan): JsonOutput | undefined {
  const isKnown = form.shapes?.every((keys) => keys.length > 0) === true;
  const whole = findOnLastLine(stdout, form, isKnown, lastLine) ?? findAtLineStart(stdout, form, isKnown);
  const behindText = isKnown ? findBehindText(stdout, whole?.end ?? 0, form) : undefined;
  return behindText ?? whole;
}

/**
 * The list on the last line that ends with a bracket, if it is the whole line: Airflow prints JSON in one line. Of all spans that
 * `findAtLineStart` finds, this is the first one that it parses.
 */
function findOnLastLine(
  stdout: string,
  form: JsonForm,
  prefersRows: boolean,
  lastLine: TextSpan | undefined,
): JsonOutput | undefined {
  const end = stdout.lastIndexOf(']') + 1;
  if (end === 0 || stdout.indexOf('}', end) !== -1 || !isEndOfLine(stdout, end)) return undefined;
  const isOnLastLine = lastLine !== undefined && lastLine.start < end && end <= lastLine.end;
  const start = skipBlanks(stdout, isOnLastLine ? lastLine.start : findLineStart(stdout, end));
  if (!mayBeListOfObjects(stdout, start)) return undefined;
  const list = parseList(stdout, start, end, form);
  if (list === undefined || list === 'other' || (list.value.length === 0 && prefersRows)) return undefined;
  return { ...list, start, end };
}

/** @param prefersRows whether a list that is not empty precedes an empty list that follows it, which an exit handler may have printed */
function findAtLineStart(stdout: string, form: JsonForm, prefersRows: boolean): JsonOutput | undefined {
  const spans = findBracketSpans(stdout);
  let parsedFrom = stdout.length;
  let failedLength = 0;
  let failures = 0;
  let empty: JsonOutput | undefined;
  for (let at = spans.length - 2; at >= 0 && failedLength <= MAX_FAILED_PARSE_RATIO * stdout.length; at -= 2) {
    const [start, end] = [spans.get(at), spans.get(at + 1)];
    // The span is part of a value that was parsed already.
    if (start >= parsedFrom) continue;
    // Other values are parsed only if they may contain spans.
    if (!mayBeListOfObjects(stdout, start) && stdout.lastIndexOf('\n', end - 1) < start) continue;
    const parsed = parseList(stdout, start, end, form);
    if (parsed === undefined) {
      failedLength += end - start;
      failures += 1;
      if (failures > MAX_FAILED_PARSES) break;
      continue;
    }
    parsedFrom = start;
    if (parsed === 'other') continue;
    if (parsed.value.length > 0 || !prefersRows) return { ...parsed, start, end };
    empty ??= { ...parsed, start, end };
  }
  return empty;
}

/** The most places on a line at which the list is looked for. */
const MAX_STARTS = 16;

/** Finds a list of objects in the last line that ends with one. Airflow prints JSON in one line. */
function findBehindText(stdout: string, after: number, form: JsonForm): JsonOutput | undefined {
  const end = stdout.lastIndexOf('}]') + 2;
  if (end <= after + 1 || !isEndOfLine(stdout, end)) return undefined;
  let start = Math.max(stdout.lastIndexOf('\n', end - 1) + 1, after);
  for (let tries = 0; tries < MAX_STARTS; tries++, start++) {
    start = stdout.indexOf('[{', start);
    if (start === -1 || start >= end) return undefined;
    const list = parseList(stdout, start, end, form);
    if (list !== undefined && list !== 'other') return { ...list, start, end };
  }
  return undefined;
}

/** The limit for text that is parsed without success, as a multiple of the length of the text. Nested spans are parsed repeatedly. */
const MAX_FAILED_PARSE_RATIO = 4;
/** The limit for texts that are parsed without success. An error takes as long as thousands of characters. */
const MAX_FAILED_PARSES = 10_000;

/** No output of Airflow is nested as deeply. To parse a text with millions of levels takes a hundred times its length in memory. */
const MAX_NESTING = 10_000;

/**
 * Finds pairs of brackets that begin at the start of a line and end at the end of a line, ordered by their ends. A JSON string
 * contains no line end, so a string that is open at a line end, or a bracket of the wrong kind, means that the text is not JSON.
 *
 * @returns for each pair, the position of the opening bracket and the position after the closing one
 */
function findBracketSpans(text: string): PositionList {
  const spans = new PositionList();
  /** The open brackets: twice their positions, plus 1 for one that starts a line. */
  const open = new PositionList();
  let startsLine = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_END) {
      startsLine = true;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (open.length === MAX_NESTING) open.clear();
      open.push(at * 2 + (startsLine ? 1 : 0));
      startsLine = false;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      const opened = open.pop();
      // In ASCII, a closing bracket is two characters after its opening one.
      if (opened === undefined || text.charCodeAt(opened >> 1) !== code - 2) open.clear();
      else if (opened % 2 === 1 && isEndOfLine(text, at + 1)) {
        spans.push(opened >> 1);
        spans.push(at + 1);
      }
      startsLine = false;
    } else if (code === QUOTE) {
      const end = findEndOfString(text, at + 1);
      const isClosed = text.charCodeAt(end) === QUOTE;
      if (!isClosed) open.clear();
      at = isClosed ? end : end - 1;
      startsLine = false;
    } else if (!isBlank(code)) {
      startsLine = false;
    }
  }
  return spans;
}

/** A list of positions in little memory: a text may have millions of brackets. */
class PositionList {
  length = 0;
  #positions = new Int32Array(64);

  get(index: number): number {
    return this.#positions[index]!;
  }

  push(position: number): void {
    if (this.length === this.#positions.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.#positions);
      this.#positions = larger;
    }
    this.#positions[this.length++] = position;
  }

  pop(): number | undefined {
    return this.length === 0 ? undefined : this.#positions[--this.length];
  }

  clear(): void {
    this.length = 0;
  }
}

/** The position of the closing quote, or of the end of the line or text if the string is not closed. */
function findEndOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === LINE_END || at >= text.length) return Math.min(at, text.length);
    at += code === BACKSLASH && text.charCodeAt(at + 1) !== LINE_END ? 2 : 1;
  }
}

function isEndOfLine(text: string, from: number): boolean {
  const at = skipBlanks(text, from);
  return at === text.length || text.charCodeAt(at) === LINE_END;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

const [LINE_END, TAB, CARRIAGE_RETURN, SPACE] = [10, 9, 13, 32];
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125];

const isBlank = (code: number): boolean => code === SPACE || code === TAB || code === CARRIAGE_RETURN;

/** Whether the brackets at a position are those of a list of objects, or of an empty list. */
function mayBeListOfObjects(text: string, start: number): boolean {
  LIST_START.lastIndex = start;
  return LIST_START.test(text);
}

const LIST_START = /\[\s*[{\]]/y;

/** A list that was parsed, if it has the form. */
type ParsedList = Omit<JsonOutput, 'start' | 'end'>;

/** Parses a part of a text. @returns its list, or `other` for a value without the form; undefined if it is not JSON */
function parseList(text: string, start: number, end: number, form: JsonForm): ParsedList | 'other' | undefined {
  try {
    const value: unknown = parseBoundedJson(text, start, end);
    const reading = Array.isArray(value) ? readRows(value, form) : undefined;
    if (reading === undefined) return 'other';
    const { hasNumber, valueCount, foreignRow } = reading;
    const rows = value as object[];
    const kept = hasNumber ? keepLongNumbers(text.slice(start, end), rows, valueCount) : rows;
    return { value: kept ?? rows, foreignRow, ...(kept === undefined && { hasChangedNumbers: true }) };
  } catch {
    return undefined;
  }
}
