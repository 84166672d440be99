import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { Format } from '../airflow/complete.ts';
import { isJsonObject, parseKeepingNumbers, wordsOf } from '../airflow/json-words.ts';
import { words } from '../airflow/words.ts';
import { headerValues } from './header-values.ts';
import { Problem } from './problem.ts';

/** What a caller asks for, read from the body. */
export interface CommandRequest {
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: Format;
}

/** Longest body that is read, in bytes. A command line is bounded by the kernel at 128 KiB a word. */
const MAX_BYTES = 256 * 1024;

const HOW = 'Send {"command": "dags list"} or {"argv": ["dags", "list"]}, or the command as text/plain.';

/** The command that an event asks for. Throws as `readRequestBody`. */
export function requestIn(event: APIGatewayProxyEvent): CommandRequest {
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  const [contentType = ''] = headerValues(event, 'content-type');
  return readRequestBody(contentType, body);
}

/**
 * Reads the body of a request: JSON with `command` or `argv`, or plain text as MWAA's own endpoint takes it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal `unreadable` when the text's quoting is not complete or a word is null
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
  const value = parsed(body);
  if (!isJsonObject(value)) throw malformed('The body is not an object.');
  const { command, argv, format = 'json', ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) throw malformed(`The body has an unknown member "${other}".`);
  if (format !== 'json' && format !== 'raw') throw malformed('"format" is "json" or "raw".');
  if ((command === undefined) === (argv === undefined)) throw malformed('The body has either "command" or "argv".');
  if (typeof command === 'string') return { argv: words(command), format };
  if (command !== undefined) throw malformed('"command" is a text.');
  if (!Array.isArray(argv)) throw malformed('"argv" is a list of words.');
  return { argv: wordsOf(argv), format };
}

function parsed(body: string): unknown {
  try {
    return parseKeepingNumbers(body);
  } catch (cause) {
    throw new Problem('malformed-request', `The body is not JSON. ${HOW}`, {}, { cause });
  }
}

function malformed(what: string): Problem {
  return new Problem('malformed-request', `${what} ${HOW}`);
}
