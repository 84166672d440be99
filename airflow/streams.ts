import { parseBoundedJson } from './parse-json.ts';
import { cutLongStrings, LONG_STRING_MARK, type ResponseBody } from './response-body.ts';

/** The decoded response to a command. `returncode` is not documented; one public client uses it. */
export interface CliStreams {
  readonly stdout: string;
  readonly stderr: string;
  readonly returncode?: number;
}

/** What a response of the web server contains. */
export interface Answer {
  /** The body without the base64 of its streams. */
  readonly text: string;
  /** Undefined if the body is not the response to a command. */
  readonly streams: CliStreams | undefined;
}

/**
 * Reads MWAA's response: a JSON object whose `stdout` and `stderr` are base64 or null. Bytes that are not UTF-8 become U+FFFD.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 */
export function readAnswer(body: ResponseBody): Answer {
  const { text, longStrings } = cutLongStrings(body);
  return { text, streams: readStreams(body, text, longStrings) };
}

/** @returns the decoded streams; undefined if the body is not the response to a command */
export const decodeStreams = (body: ResponseBody): CliStreams | undefined => readAnswer(body).streams;

function readStreams(body: ResponseBody, text: string, longStrings: readonly string[]): CliStreams | undefined {
  const response = parseObject(text);
  if (response === undefined || !('stdout' in response) || !('stderr' in response)) return undefined;
  const decoded = [response.stdout, response.stderr].map((value) => findLongString(value, longStrings));
  const isCutElsewhere = decoded.filter((value) => value !== undefined).length !== longStrings.length;
  if (isCutElsewhere) return decodeStreams(Buffer.from(body as Uint8Array).toString('utf8'));
  const [stdout, stderr] = [decoded[0] ?? decodeBase64(response.stdout), decoded[1] ?? decodeBase64(response.stderr)];
  if (stdout === undefined || stderr === undefined) return undefined;
  const returncode = 'returncode' in response ? response.returncode : null;
  if (returncode === null) return { stdout, stderr };
  // An unreadable return code could contradict what the streams show, so the whole response is rejected.
  return Number.isInteger(returncode) ? { stdout, stderr, returncode: returncode as number } : undefined;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = parseBoundedJson(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const findLongString = (value: unknown, longStrings: readonly string[]): string | undefined =>
  typeof value === 'string' && value.startsWith(LONG_STRING_MARK) ? longStrings[Number(value.slice(1))] : undefined;

function decodeBase64(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value !== 'string' || !isBase64(value)) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}

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
