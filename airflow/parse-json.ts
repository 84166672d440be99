import { Refusal } from './refusal.ts';

/** The `JSON` of ES2026. TypeScript's library does not declare it yet, and Node 20, which the clients support, lacks parts of it. */
const es2026Json = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON?(source: string): unknown;
  isRawJSON?(value: unknown): boolean;
};

/**
 * Parses JSON and keeps the spelling of numbers, such as `1.0` or 20 digits: a number becomes a frozen object that
 * `JSON.stringify` writes as it was. Where the runtime lacks `JSON.rawJSON`, numbers become ordinary numbers, and a number that
 * `JSON.stringify` would write otherwise is rejected.
 *
 * @throws SyntaxError; Refusal `unreadable`
 */
export function parseJsonKeepingNumbers(text: string): unknown {
  const { rawJSON } = es2026Json;
  if (!/\d/.test(text)) return JSON.parse(text);
  if (rawJSON !== undefined)
    return es2026Json.parse(text, (_key, value, { source }) => (typeof value === 'number' ? rawJSON(source!) : value));
  const value: unknown = JSON.parse(text);
  const changed = text
    .match(STRING_OR_NUMBER)
    ?.find((token) => !token.startsWith('"') && String(Number(token)) !== token);
  if (changed === undefined) return value;
  throw new Refusal(
    'unreadable',
    `This version of Node.js cannot keep the number ${changed} as it is written. Use Node.js 22 or newer, or write the JSON as a string.`,
  );
}

/** Parses a number in JSON. It keeps its spelling, where the runtime can. */
export const parseNumberKeepingIt = (text: string): unknown => es2026Json.rawJSON?.(text) ?? JSON.parse(text);

/** Airflow prints fewer lists and objects than that: the rows of 6 MB are 40,000. */
const MAX_BRACKETS = 200_000;

/**
 * Whether a part of a text has more lists and objects than are parsed. One of two characters takes up to a hundred times its length in
 * memory.
 */
export function hasTooManyBrackets(text: string, start = 0, end = text.length): boolean {
  if (end - start <= MAX_BRACKETS) return false;
  // To search a part of a string takes V8 many times as long as to search the string.
  return BRACKETS.reduce((sum, bracket) => sum + countIn(text, bracket, start, end), 0) > MAX_BRACKETS;
}

/**
 * Parses a part of a text of any origin as JSON.
 *
 * @throws SyntaxError, also if it has too many brackets
 */
export function parseBoundedJson(text: string, start = 0, end = text.length): unknown {
  if (hasTooManyBrackets(text, start, end)) throw new SyntaxError(`The text has more than ${MAX_BRACKETS} brackets`);
  return JSON.parse(text.slice(start, end));
}

const BRACKETS = ['{', '['];

/** How often a character occurs, up to one more than the limit. */
function countIn(text: string, character: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf(character, start); at !== -1 && at < end && count <= MAX_BRACKETS; count++)
    at = text.indexOf(character, at + 1);
  return count;
}

/**
 * Keeps the spelling of the numbers that `JSON.stringify` would write otherwise, such as `1.0` or 20 digits. All other numbers are
 * ordinary ones. Where the runtime lacks `JSON.rawJSON`, all are.
 *
 * @param value of the text. A text is parsed a second time, which takes several times as long, only if it has such a number
 * @param valueCount how many values it has, nested ones included
 * @returns undefined if it has too many: the second time, each takes 200 bytes of memory
 */
export function keepLongNumbers<T>(text: string, value: T, valueCount: number): T | undefined {
  const { rawJSON } = es2026Json;
  if (rawJSON === undefined || !MAY_CHANGE.test(text)) return value;
  if (valueCount > MAX_KEPT_VALUES) return undefined;
  return es2026Json.parse(text, (_key, member, { source }) =>
    typeof member === 'number' && String(member) !== source ? rawJSON(source!) : member,
  ) as T;
}

const MAX_KEPT_VALUES = 250_000;

/**
 * Between the punctuation of JSON: dates in strings have no such neighbors. A decimal of up to 15 digits is written as it was, unless it
 * ends with 0 or is so small that it gets an exponent.
 */
const MAY_CHANGE =
  /(?:"\s*:|[[,])\s*(?:-0|-?\d{16,}|-?\d+(?:\.\d+)?[eE][+-]?\d+|-?\d+\.\d*0|-?[\d.]{17,}|-?0\.0{6}\d+)\s*[,\]}]/;

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whether a parsed JSON value is an object: not null, not a list, not a number kept by `parseJsonKeepingNumbers`. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && es2026Json.isRawJSON?.(value) !== true;
}
