import type { APIGatewayProxyEvent } from 'aws-lambda';
import { argvFromJson } from '../../airflow/json-argv.ts';
import type { OutputFormat } from '../../airflow/output-format.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { truncateForMessage } from '../../airflow/refusal.ts';
import type { RestRequest } from '../../airflow/rest/parse-call.ts';
import { readRequestLine } from '../../airflow/rest/read-request-line.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { Problem } from '../../contract/problem.ts';
import { MAX_CALL_BODY_BYTES } from './body-limits.ts';
import { getHeaderValues } from './get-header-values.ts';

/** The command that a request contains. */
export interface CommandRequest {
  /** Words of the command, without the leading `airflow`. */
  readonly argv: readonly string[];
  readonly format: OutputFormat;
  /** The response has the answer and the messages in place of the streams. */
  readonly streams?: 'split';
}

/** The request that a caller wants explained: a command, or a request for the REST API. */
export type ExplainRequest = CommandRequest | RestRequest;

/** Size limit of a request body. The kernel limits a word of a command line to 128 KiB. */
const MAX_BODY_BYTES = 256 * 1024;

/** Size limit of a body that explains a request for the REST API: that request, and what is around it. */
const MAX_EXPLAIN_BYTES = MAX_CALL_BODY_BYTES + 16 * 1024;

const BODY_HINT = 'Send {"command": "dags list"} or {"argv": ["dags", "list"]}, or the command as text/plain.';
const REST_HINT = 'Send {"rest": "POST /api/v2/dags/daily_report/dagRuns", "body": {"logical_date": null}}.';

/**
 * Reads the command of an event. API Gateway passes the bytes of the body as base64, because the API treats every media type as
 * binary: as text, bytes that are not UTF-8 would arrive changed.
 *
 * @throws what `readRequestBody` throws; Problem `malformed-request` for several content types
 */
export const readCommandRequest = (event: APIGatewayProxyEvent): CommandRequest =>
  readRequestBody(readContentType(event), readBytes(event));

/**
 * Reads the request that `explain` is about. Like `readCommandRequest`, and also with `rest` and `body` in place of a command.
 *
 * @throws what `readRequestBody` throws; Problem `malformed-request` for several content types
 */
export const readExplainRequest = (event: APIGatewayProxyEvent): ExplainRequest =>
  readBody(readContentType(event), readBytes(event), MAX_EXPLAIN_BYTES, readExplainMembers);

const readBytes = ({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');

function readContentType(event: APIGatewayProxyEvent): string {
  const [contentType = '', ...others] = getHeaderValues(event, 'content-type');
  if (others.length > 0)
    throw new Problem('malformed-request', 'The request has several Content-Type headers. Send one.');
  return contentType;
}

/**
 * Reads a request body: JSON with `command` or `argv`, or plain text as MWAA's own endpoint accepts it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal `unreadable` if a quote in the text is not closed or a word is null
 */
export const readRequestBody = (contentType: string, body: Buffer): CommandRequest =>
  readBody(contentType, body, MAX_BODY_BYTES, readCommandMembers);

/** @param readMembers reads the members of a body in JSON */
function readBody<Request>(
  contentType: string,
  body: Buffer,
  maxBytes: number,
  readMembers: (members: Readonly<Record<string, unknown>>) => Request,
): Request | CommandRequest {
  if (body.length > maxBytes) {
    const detail = `The request body has ${body.length} bytes. Request bodies are limited to ${maxBytes} bytes.`;
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
  if (type === 'text/plain') return { argv: splitCommandLine(text), format: 'json' };
  const value = parseJsonBody(text);
  if (!isJsonObject(value)) throw createMalformedProblem('The body must be a JSON object.');
  return readMembers(value);
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

/** @throws Problem `malformed-request`; Refusal `unreadable` */
function readExplainMembers(members: Readonly<Record<string, unknown>>): ExplainRequest {
  const { rest, body, ...others } = members;
  if (rest === undefined && body === undefined) return readCommandMembers(members);
  const [otherMember] = Object.keys(others);
  if (otherMember !== undefined)
    throw createMalformedProblem(`"${otherMember}" cannot be together with "rest" and "body".`, REST_HINT);
  if (rest === undefined) throw createMalformedProblem('"body" needs "rest".', REST_HINT);
  if (typeof rest !== 'string') throw createMalformedProblem('"rest" must be a string.', REST_HINT);
  return { ...readRequestLine(rest), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}

function readCommandMembers(value: Readonly<Record<string, unknown>>): CommandRequest {
  const { command, argv, format = 'json', streams = 'whole', ...others } = value;
  const [unknownMember] = Object.keys(others);
  if (unknownMember === 'rest')
    throw new Problem('malformed-request', 'This path runs commands. Send the request itself to .../api/.');
  if (unknownMember !== undefined) throw createMalformedProblem(`The body has an unknown member "${unknownMember}".`);
  if (format !== 'json' && format !== 'raw') throw createMalformedProblem('"format" must be "json" or "raw".');
  if (streams !== 'whole' && streams !== 'split') throw createMalformedProblem('"streams" must be "whole" or "split".');
  const options: Omit<CommandRequest, 'argv'> = { format, ...(streams === 'split' ? { streams: 'split' } : {}) };
  if ((command === undefined) === (argv === undefined))
    throw createMalformedProblem('The body must have either "command" or "argv".');
  if (typeof command === 'string') return { argv: splitCommandLine(command), ...options };
  if (command !== undefined) throw createMalformedProblem('"command" must be a string.');
  if (!Array.isArray(argv)) throw createMalformedProblem('"argv" must be a list of words.');
  return { argv: argvFromJson(argv), ...options };
}

function parseJsonBody(body: string): unknown {
  try {
    return parseJsonKeepingNumbers(body);
  } catch (cause) {
    throw new Problem('malformed-request', `The body is not valid JSON. ${BODY_HINT}`, {}, { cause });
  }
}

const createMalformedProblem = (fault: string, hint = BODY_HINT): Problem =>
  new Problem('malformed-request', `${fault} ${hint}`);
