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

/** Airflow prints fewer lists and objects than that: the rows of 6 MB are 40,000. */
const MAX_BRACKETS = 250_000;

/**
 * Parses JSON of any origin. A list or an object of two characters takes up to a hundred times its length in memory, so a text of too
 * many is not parsed.
 *
 * @throws SyntaxError
 */
export function parseBoundedJson(text: string): unknown {
  if (
    text.length > MAX_BRACKETS &&
    countUpTo(text, '{', MAX_BRACKETS) + countUpTo(text, '[', MAX_BRACKETS) > MAX_BRACKETS
  )
    throw new SyntaxError(`The text has more than ${MAX_BRACKETS} brackets`);
  return JSON.parse(text);
}

function countUpTo(text: string, character: string, max: number): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count <= max; at = text.indexOf(character, at + 1)) count++;
  return count;
}

/**
 * Keeps the spelling of the numbers that `JSON.stringify` would write otherwise, such as `1.0` or 20 digits. All other numbers are
 * ordinary ones. Where the runtime lacks `JSON.rawJSON`, all are.
 *
 * @param value of the text. A text is parsed a second time, which takes several times as long, only if it has such a number
 */
export function keepLongNumbers<T>(text: string, value: T): T {
  const { rawJSON } = es2026Json;
  if (rawJSON === undefined || !MAY_CHANGE.test(text)) return value;
  return es2026Json.parse(text, (_key, member, { source }) =>
    typeof member === 'number' && String(member) !== source ? rawJSON(source!) : member,
  ) as T;
}

/** Between the punctuation of JSON. Dates in strings have no such neighbors. */
const MAY_CHANGE = /(?:"\s*:|[[,])\s*(?:-0|-?\d{16,}|-?\d+(?:\.\d+)?[eE][+-]?\d+|-?\d+\.\d+)\s*[,\]}]/;

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whether a parsed JSON value is an object: not null, not a list, not a number kept by `parseJsonKeepingNumbers`. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && es2026Json.isRawJSON?.(value) !== true;
}
