import { Refusal } from './refusal.ts';

/** The `JSON` of ES2026, which TypeScript's library does not know yet. Node 20, on which the clients run too, lacks it. */
const es2026Json = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON?(source: string): unknown;
  isRawJSON?(value: unknown): boolean;
};

/**
 * Parses JSON in which numbers are kept as they are written, `1.0` and 20 digits included. A number becomes a frozen object
 * that `JSON.stringify` writes back as it was.
 *
 * @throws SyntaxError
 */
export function parseJsonKeepingNumbers(text: string): unknown {
  const { rawJSON } = es2026Json;
  if (rawJSON === undefined || !/\d/.test(text)) return JSON.parse(text);
  return es2026Json.parse(text, (_key, value, { source }) => (typeof value === 'number' ? rawJSON(source!) : value));
}

/** A parsed JSON object: no list, no number. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && es2026Json.isRawJSON?.(value) !== true;
}

/**
 * The words of a command given as a JSON list: texts are words, objects and lists become JSON text, numbers and booleans
 * their text.
 *
 * @throws Refusal `unreadable` for null and for what nests too deep
 */
export function argvFromJson(list: readonly unknown[]): string[] {
  return list.map((value, index) => {
    if (typeof value === 'string') return value;
    if (value === null) throw new Refusal('unreadable', `Word ${index + 1} is null: leave it out or send "".`);
    try {
      return JSON.stringify(value);
    } catch (cause) {
      // A stack overflow: what nests some thousand deep can be parsed, but not written.
      throw new Refusal('unreadable', `Word ${index + 1} nests too deep.`, { cause });
    }
  });
}
