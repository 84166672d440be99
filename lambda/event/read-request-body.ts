import type { APIGatewayProxyEvent } from 'aws-lambda';
import { argvFromJson } from '../../airflow/json-argv.ts';
import type { OutputFormat } from '../../airflow/output-format.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { truncateForMessage } from '../../airflow/refusal.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { Problem } from '../../contract/problem.ts';
import { getHeaderValues } from './get-header-values.ts';

/** The command that a request contains. */
export interface CommandRequest {
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: OutputFormat;
}

/** Size limit of a request body. The kernel limits a word of a command line to 128 KiB. */
const MAX_BODY_BYTES = 256 * 1024;

const BODY_HINT = 'Send {"command": "dags list"} or {"argv": ["dags", "list"]}, or the command as text/plain.';

/**
 * Reads the command of an event. API Gateway passes the bytes of the body as base64, because the API treats every media type as
 * binary: as text, bytes that are not UTF-8 would arrive changed.
 *
 * @throws what `readRequestBody` throws; Problem `malformed-request` for several content types
 */
export function readCommandRequest(event: APIGatewayProxyEvent): CommandRequest {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const [contentType = '', ...others] = getHeaderValues(event, 'content-type');
  if (others.length > 0)
    throw new Problem('malformed-request', 'The request has several Content-Type headers. Send one.');
  return readRequestBody(contentType, body);
}

/**
 * Reads a request body: JSON with `command` or `argv`, or plain text as MWAA's own endpoint accepts it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal `unreadable` if a quote in the text is not closed or a word is null
 */
export function readRequestBody(contentType: string, body: Buffer): CommandRequest {
  if (body.length > MAX_BODY_BYTES) {
    const detail = `The request body has ${body.length} bytes. Request bodies are limited to ${MAX_BODY_BYTES} bytes.`;
    throw new Problem('request-too-large', detail);
  }
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  const type = mediaType.trim();
  if (!['', 'application/json', 'text/plain'].includes(type)) {
    const detail = `The content type ${truncateForMessage(type)} is not supported. Use application/json or text/plain.`;
    throw new Problem('unsupported-media-type', detail);
  }
  checkCharset(contentType);
  const text = decodeUtf8(body);
  return type === 'text/plain' ? { argv: splitCommandLine(text), format: 'json' } : readJsonRequest(text);
}

/** @throws Problem `unsupported-media-type` */
export function checkCharset(contentType: string): void {
  for (const [, value = ''] of contentType.matchAll(/;\s*charset\s*=\s*("[^"]*"?|[^;]*)/gi)) {
    const charset = value.replaceAll('"', '').trim();
    if (!/^utf-?8$/i.test(charset)) {
      const detail = `The charset ${truncateForMessage(charset)} is not supported. Send the body in UTF-8, with charset=utf-8 or without a charset.`;
      throw new Problem('unsupported-media-type', detail);
    }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws Problem `malformed-request` */
export function decodeUtf8(body: Buffer): string {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch (cause) {
    throw new Problem('malformed-request', 'The body is not valid UTF-8. Send it in UTF-8.', {}, { cause });
  }
  // Neither JSON nor a command contains NUL. Half of the bytes of English text in UTF-16 are NUL, and it can be valid UTF-8.
  if (text.includes('\0'))
    throw new Problem('malformed-request', 'The body contains NUL bytes, as UTF-16 does. Send it in UTF-8.');
  if (text.startsWith('\ufeff'))
    throw new Problem('malformed-request', 'The body begins with a byte order mark (U+FEFF). Send it without one.');
  return text;
}

function readJsonRequest(body: string): CommandRequest {
  const value = parseJsonBody(body);
  if (!isJsonObject(value)) throw createMalformedProblem('The body must be a JSON object.');
  const { command, argv, format = 'json', ...others } = value;
  const [unknownMember] = Object.keys(others);
  if (unknownMember !== undefined) throw createMalformedProblem(`The body has an unknown member "${unknownMember}".`);
  if (format !== 'json' && format !== 'raw') throw createMalformedProblem('"format" must be "json" or "raw".');
  if ((command === undefined) === (argv === undefined))
    throw createMalformedProblem('The body must have either "command" or "argv".');
  if (typeof command === 'string') return { argv: splitCommandLine(command), format };
  if (command !== undefined) throw createMalformedProblem('"command" must be a string.');
  if (!Array.isArray(argv)) throw createMalformedProblem('"argv" must be a list of words.');
  return { argv: argvFromJson(argv), format };
}

function parseJsonBody(body: string): unknown {
  try {
    return parseJsonKeepingNumbers(body);
  } catch (cause) {
    throw new Problem('malformed-request', `The body is not valid JSON. ${BODY_HINT}`, {}, { cause });
  }
}

const createMalformedProblem = (fault: string): Problem => new Problem('malformed-request', `${fault} ${BODY_HINT}`);
