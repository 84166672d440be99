import { cutLongStrings, LONG_STRING_MARK, type ResponseBody } from './response-body.ts';

/** The decoded response to a command. `returncode` is not documented; one public client uses it. */
export interface CliStreams {
  readonly stdout: string;
  readonly stderr: string;
  readonly returncode?: number;
}

/**
 * Decodes MWAA's response: a JSON object whose `stdout` and `stderr` are base64 or null. Bytes that are not UTF-8 become U+FFFD.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @returns undefined if the body is not such a response
 */
export function decodeStreams(body: ResponseBody): CliStreams | undefined {
  const { text, longStrings } = cutLongStrings(body);
  const response = parseObject(text);
  if (response === undefined || !('stdout' in response) || !('stderr' in response)) return undefined;
  const [stdout, stderr] = [response.stdout, response.stderr].map(
    (value) => findLongString(value, longStrings) ?? value,
  );
  const isCutElsewhere = [stdout, stderr].filter((value) => value instanceof Uint8Array).length !== longStrings.length;
  if (isCutElsewhere) return decodeStreams(Buffer.from(body as Uint8Array).toString('utf8'));
  const streams = { stdout: decodeBase64(stdout), stderr: decodeBase64(stderr) };
  if (streams.stdout === undefined || streams.stderr === undefined) return undefined;
  const returncode = 'returncode' in response ? response.returncode : null;
  if (returncode === null) return streams as CliStreams;
  // An unreadable return code could contradict what the streams show, so the whole response is rejected.
  return Number.isInteger(returncode) ? ({ ...streams, returncode } as CliStreams) : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const findLongString = (value: unknown, longStrings: readonly Buffer[]): Buffer | undefined =>
  typeof value === 'string' && value.startsWith(LONG_STRING_MARK) ? longStrings[Number(value.slice(1))] : undefined;

function decodeBase64(value: unknown): string | undefined {
  if (value === null) return '';
  if (value instanceof Buffer) return decodeBase64Bytes(value) ?? decodeBase64(value.toString('utf8'));
  if (typeof value !== 'string' || !isBase64(value)) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}

/** A multiple of 4, so that no character of base64 is split. Larger blocks leave the processor's cache and take twice the time. */
const BLOCK_LENGTH = 8 * 1024;

/**
 * Decodes base64 without line ends, block by block: one text of all of it would take as much memory again.
 *
 * @returns undefined for any other text
 */
function decodeBase64Bytes(base64: Buffer): string | undefined {
  const padding = base64.at(-1) !== PADDING ? 0 : base64.at(-2) !== PADDING ? 1 : 2;
  // Node.js also decodes the alphabet of URLs. It skips all other characters, so that bytes are missing.
  if (base64.length % 4 !== 0 || base64.includes('-') || base64.includes('_')) return undefined;
  const decoded = Buffer.allocUnsafeSlow((base64.length / 4) * 3);
  let length = 0;
  for (let at = 0; at < base64.length; at += BLOCK_LENGTH)
    length += decoded.write(
      base64.toString('latin1', at, Math.min(at + BLOCK_LENGTH, base64.length)),
      length,
      'base64',
    );
  return length === decoded.length - padding ? decoded.toString('utf8', 0, length) : undefined;
}

const PADDING = '='.charCodeAt(0);

/** Checks in two steps, because a single expression would backtrack at every space. */
function isBase64(text: string): boolean {
  const end = text.search(/[^A-Za-z0-9+/\s]/);
  return end === -1 || /^={1,2}\s*$/.test(text.slice(end));
}

/** Removes ANSI color and cursor sequences. */
export function stripAnsi(text: string): string {
  if (!text.includes('\u001b')) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');
}
