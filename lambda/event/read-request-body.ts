import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { OutputFormat } from '../../airflow/complete-invocation.ts';
import { argvFromJson } from '../../airflow/json-argv.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { Problem } from '../../contract/problem.ts';
import { getHeaderValues } from './get-header-values.ts';

/** What a caller asks for, read from the body. */
export interface CommandRequest {
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: OutputFormat;
}

/** Longest body that is read, in bytes. A command line is bounded by the kernel at 128 KiB a word. */
const MAX_BODY_BYTES = 256 * 1024;

const BODY_HINT = 'Send {"command": "dags list"} or {"argv": ["dags", "list"]}, or the command as text/plain.';

/** The command that an event asks for. Throws as `readRequestBody`. */
export function readCommandRequest(event: APIGatewayProxyEvent): CommandRequest {
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  const [contentType = ''] = getHeaderValues(event, 'content-type');
  return readRequestBody(contentType, body);
}

/**
 * Reads the body of a request: JSON with `command` or `argv`, or plain text as MWAA's own endpoint takes it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal `unreadable` when the text's quoting is not complete or a word is null
 */
export function readRequestBody(contentType: string, body: string): CommandRequest {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new Problem('request-too-large', `A request may have ${MAX_BODY_BYTES} bytes.`);
  }
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  switch (mediaType.trim()) {
    case 'text/plain':
      return { argv: splitCommandLine(body), format: 'json' };
    case 'application/json':
    case '':
      return readJsonRequest(body);
    default:
      throw new Problem('unsupported-media-type', `Content-Type is ${mediaType}. Use application/json or text/plain.`);
  }
}

function readJsonRequest(body: string): CommandRequest {
  const value = parseJsonBody(body);
  if (!isJsonObject(value)) throw createMalformedProblem('The body is not an object.');
  const { command, argv, format = 'json', ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) throw createMalformedProblem(`The body has an unknown member "${other}".`);
  if (format !== 'json' && format !== 'raw') throw createMalformedProblem('"format" is "json" or "raw".');
  if ((command === undefined) === (argv === undefined))
    throw createMalformedProblem('The body has either "command" or "argv".');
  if (typeof command === 'string') return { argv: splitCommandLine(command), format };
  if (command !== undefined) throw createMalformedProblem('"command" is a text.');
  if (!Array.isArray(argv)) throw createMalformedProblem('"argv" is a list of words.');
  return { argv: argvFromJson(argv), format };
}

function parseJsonBody(body: string): unknown {
  try {
    return parseJsonKeepingNumbers(body);
  } catch (cause) {
    throw new Problem('malformed-request', `The body is not JSON. ${BODY_HINT}`, {}, { cause });
  }
}

function createMalformedProblem(what: string): Problem {
  return new Problem('malformed-request', `${what} ${BODY_HINT}`);
}
