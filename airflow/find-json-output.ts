import { isJsonObject, parseJsonKeepingLongNumbers } from './parse-json.ts';

/** Where the JSON output of a command stands in its standard output. */
export interface JsonOutput {
  readonly value: readonly object[];
  readonly start: number;
  /** The position after the closing bracket. */
  readonly end: number;
}

/** What the JSON list of a command consists of. */
export interface JsonForm {
  /** Keys that every object has, one list for each generation of releases. Without them, any objects. */
  readonly shapes?: readonly (readonly string[])[] | undefined;
  /** The only keys that an object may have. */
  readonly onlyKeys?: readonly string[] | undefined;
  /** The list has at least one object. */
  readonly neverEmpty?: boolean | undefined;
}

/**
 * Finds the output of a command with `--output json`: the last complete JSON list of objects that ends at the end of a line. Log
 * lines, warnings and output of DAG files may surround it, and it may span several lines. It may begin in the middle of its last line
 * if it has the keys of this command: a DAG file may have printed text without a line end before it.
 *
 * The time grows linearly with the length of the text: brackets are paired in one pass, and only paired spans are parsed.
 *
 * @param form what the objects of this command's output are
 * @returns undefined if there is none
 */
export function findJsonOutput(stdout: string, form: JsonForm = {}): JsonOutput | undefined {
  const isKnown = form.shapes?.every((keys) => keys.length > 0) === true;
  const whole = findAtLineStart(stdout, form, isKnown);
  const behindText = isKnown ? findBehindText(stdout, whole?.end ?? 0, form) : undefined;
  return behindText ?? whole;
}

/** @param prefersRows whether a list that is not empty precedes an empty list that follows it, which an exit handler may have printed */
function findAtLineStart(stdout: string, form: JsonForm, prefersRows: boolean): JsonOutput | undefined {
  const spans = findBracketSpans(stdout);
  let parsedFrom = stdout.length;
  let failedLength = 0;
  let empty: JsonOutput | undefined;
  for (let at = spans.length - 1; at >= 0 && failedLength <= MAX_FAILED_PARSE_RATIO * stdout.length; at--) {
    const { start, end } = spans[at]!;
    // The span is part of a value that was parsed already.
    if (start >= parsedFrom) continue;
    const value = tryParseJson(stdout.slice(start, end));
    if (value === undefined) {
      failedLength += end - start;
      continue;
    }
    parsedFrom = start;
    if (!hasForm(value, form)) continue;
    if (value.length > 0 || !prefersRows) return { value, start, end };
    empty ??= { value, start, end };
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
    const value = tryParseJson(stdout.slice(start, end));
    if (hasForm(value, form)) return { value, start, end };
  }
  return undefined;
}

/** The limit for text that is parsed without success, as a multiple of the length of the text. Nested spans are parsed repeatedly. */
const MAX_FAILED_PARSE_RATIO = 4;

/** From an opening bracket to the position after the closing one. */
interface BracketSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds pairs of brackets that begin at the start of a line and end at the end of a line, ordered by their ends. A JSON string
 * contains no line end, so a string that is open at a line end, or a bracket of the wrong kind, means that the text is not JSON.
 */
function findBracketSpans(text: string): BracketSpan[] {
  const spans: BracketSpan[] = [];
  let open: { readonly start: number; readonly closes: string; readonly startsLine: boolean }[] = [];
  let startsLine = true;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '\n') {
      startsLine = true;
    } else if (character === '[' || character === '{') {
      open.push({ start: at, closes: character === '[' ? ']' : '}', startsLine });
      startsLine = false;
    } else if (character === ']' || character === '}') {
      const opened = open.pop();
      if (opened?.closes !== character) open = [];
      else if (opened.startsLine && isEndOfLine(text, at + 1)) spans.push({ start: opened.start, end: at + 1 });
      startsLine = false;
    } else if (character === '"') {
      const end = findEndOfString(text, at + 1);
      if (text[end] !== '"') open = [];
      at = text[end] === '"' ? end : end - 1;
      startsLine = false;
    } else if (!isBlank(character)) {
      startsLine = false;
    }
  }
  return spans;
}

/** The position of the closing quote, or of the end of the line or text if the string is not closed. */
function findEndOfString(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"' && text[at] !== '\n')
    at += text[at] === '\\' && text[at + 1] !== '\n' ? 2 : 1;
  return Math.min(at, text.length);
}

function isEndOfLine(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && isBlank(text[at]!)) at++;
  return at === text.length || text[at] === '\n';
}

const isBlank = (character: string): boolean => character === ' ' || character === '\t' || character === '\r';

/** Whether a value is a list of objects that all have the keys of the same shape. */
function hasForm(
  value: unknown,
  { shapes = [[]], onlyKeys, neverEmpty = false }: JsonForm,
): value is readonly object[] {
  if (!Array.isArray(value) || (neverEmpty && value.length === 0)) return false;
  const hasKeys = (row: unknown, keys: readonly string[]) =>
    isJsonObject(row) &&
    keys.every((key) => Object.hasOwn(row, key)) &&
    (onlyKeys === undefined || Object.keys(row).every((key) => onlyKeys.includes(key)));
  return shapes.some((keys) => value.every((row) => hasKeys(row, keys)));
}

function tryParseJson(text: string): unknown {
  try {
    return parseJsonKeepingLongNumbers(text);
  } catch {
    return undefined;
  }
}
