import { isJsonObject } from '../../airflow/parse-json.ts';

/** The UTF-8 bytes of a text as a JSON string. The text has no lone surrogates, as a decoded stream never has. */
export function measureJsonString(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  let size = bytes.length + 2;
  for (let at = 0; at < bytes.length; at++) size += ESCAPE_SIZES[bytes[at]!]!;
  return size;
}

/** How many bytes the escape of each byte adds. */
const ESCAPE_SIZES = Uint8Array.from({ length: 256 }, (_, code) =>
  code < 0x80 ? JSON.stringify(String.fromCharCode(code)).length - 3 : 0,
);

/**
 * Whether a value has certainly more than a number of bytes as JSON: its strings alone, unescaped, and its punctuation have. Reads each
 * string's length and not its characters, so this takes a fraction of the time of `JSON.stringify`.
 */
export function isCertainlyLarger(value: unknown, maxBytes: number): boolean {
  let size = 0;
  const open: unknown[] = [value];
  while (open.length > 0 && size <= maxBytes) {
    const next = open.pop();
    if (typeof next === 'string') size += next.length + 2;
    else if (Array.isArray(next)) {
      size += next.length + 1;
      for (const member of next) open.push(member);
    } else if (isJsonObject(next)) {
      size += 1;
      for (const key in next) {
        const member = next[key];
        if (member === undefined) continue;
        size += key.length + 4;
        open.push(member);
      }
    } else size += 1;
  }
  return size > maxBytes;
}

/** The UTF-8 bytes of a value as JSON. */
export const measureJson = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
