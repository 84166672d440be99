import { decodeBase64Bytes } from './decode-base64.ts';

/** The body of a response: text, or bytes. The bytes of a large body are not made into a text, which would take time and memory. */
export type ResponseBody = string | Uint8Array;

/** A body as text, without its long strings of base64, and what they contain. */
export interface CutBody {
  /** A string that was cut out is replaced by one that contains `LONG_STRING_MARK` and its index. */
  readonly text: string;
  /** The decoded strings. */
  readonly longStrings: readonly string[];
}

/** In a JSON string this character is written as an escape, and no string is cut out of a body with escapes. */
export const LONG_STRING_MARK = '\u0000';

const MIN_LONG_STRING = 1024;
const [QUOTE, BACKSLASH] = ['"', '\\'].map((character) => character.charCodeAt(0)) as [number, number];

/** Cuts long strings of base64 out of JSON. A body with a `\` is not cut: its strings may contain quotes. */
export function cutLongStrings(body: ResponseBody): CutBody {
  if (typeof body === 'string') return { text: body, longStrings: [] };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parts: string[] = [];
  const longStrings: string[] = [];
  let copied = 0;
  for (let open = bytes.indexOf(QUOTE); open !== -1; ) {
    const close = bytes.indexOf(QUOTE, open + 1);
    if (close === -1) break;
    const content = bytes.subarray(open + 1, close);
    const decoded = content.length >= MIN_LONG_STRING ? decodeBase64Bytes(content) : undefined;
    // Base64 contains no `\`.
    if (decoded === undefined && content.includes(BACKSLASH)) return { text: bytes.toString('utf8'), longStrings: [] };
    if (decoded !== undefined) {
      parts.push(bytes.toString('utf8', copied, open + 1), `\\u0000${longStrings.length}`);
      longStrings.push(decoded);
      copied = close;
    }
    open = bytes.indexOf(QUOTE, close + 1);
  }
  return { text: parts.join('') + bytes.toString('utf8', copied), longStrings };
}
