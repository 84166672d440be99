import type { Format } from '../../airflow/complete.ts';
import { words } from '../../airflow/words.ts';
import { Problem } from '../problem.ts';

/** What a caller asks for, read from the body. */
export interface CommandRequest {
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: Format;
}

/** Longest body that is read, in bytes. A command line is bounded by the kernel at 128 KiB a word. */
const MAX_BYTES = 256 * 1024;

const HOW = 'Send {"command": "dags list"} or {"argv": ["dags", "list"]}, or the command as text/plain.';

/**
 * Reads the body of a request: JSON with `command` or `argv`, or plain text as MWAA's own endpoint takes it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal when the text's quoting is not complete
 */
export function readRequestBody(contentType: string, body: string): CommandRequest {
  if (Buffer.byteLength(body) > MAX_BYTES) {
    throw new Problem('request-too-large', `A request may have ${MAX_BYTES} bytes.`);
  }
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  switch (mediaType.trim()) {
    case 'text/plain':
      return { argv: words(body), format: 'json' };
    case 'application/json':
    case '':
      return fromJson(body);
    default:
      throw new Problem('unsupported-media-type', `Content-Type is ${mediaType}. Use application/json or text/plain.`);
  }
}

function fromJson(body: string): CommandRequest {
  const value = parseKeepingNumbers(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || json.isRawJSON(value))
    throw malformed('The body is not an object.');
  const { command, argv, format = 'json', ...others } = value as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw malformed(`The body has an unknown member "${other}".`);
  if (format !== 'json' && format !== 'raw') throw malformed('"format" is "json" or "raw".');
  if ((command === undefined) === (argv === undefined)) throw malformed('The body has either "command" or "argv".');
  if (typeof command === 'string') return { argv: words(command), format };
  if (command !== undefined) throw malformed('"command" is a text.');
  if (!Array.isArray(argv)) throw malformed('"argv" is a list of words.');
  return { argv: argv.map(word), format };
}

/** One member of `argv` as a word. Objects and lists become JSON text; numbers keep the text they were written with. */
function word(value: unknown, index: number): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) throw malformed(`argv[${index}] is null: leave it out or send "".`);
  return JSON.stringify(value);
}

/** The `JSON` of ES2026, which Node 24 has and TypeScript's library does not know yet. */
const json = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(source: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** JSON in which numbers are kept as they are written, `1.0` and 20 digits included. */
function parseKeepingNumbers(text: string): unknown {
  try {
    return json.parse(text, (_key, value, { source }) => (typeof value === 'number' ? json.rawJSON(source!) : value));
  } catch (cause) {
    throw new Problem('malformed-request', `The body is not JSON. ${HOW}`, {}, { cause });
  }
}

function malformed(what: string): Problem {
  return new Problem('malformed-request', `${what} ${HOW}`);
}
