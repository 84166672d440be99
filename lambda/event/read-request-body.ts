import type { APIGatewayProxyEvent } from 'aws-lambda';
import { argvFromJson } from '../../airflow/json-argv.ts';
import type { OutputFormat } from '../../airflow/output-format.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
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

/** Reads the command of an event. Throws what `readRequestBody` throws. */
export function readCommandRequest(event: APIGatewayProxyEvent): CommandRequest {
  const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  const [contentType = ''] = getHeaderValues(event, 'content-type');
  return readRequestBody(contentType, body);
}

/**
 * Reads a request body: JSON with `command` or `argv`, or plain text as MWAA's own endpoint accepts it.
 *
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 * @throws Refusal `unreadable` if a quote in the text is not closed or a word is null
 */
export function readRequestBody(contentType: string, body: string): CommandRequest {
  const size = Buffer.byteLength(body);
  if (size > MAX_BODY_BYTES) {
    const detail = `The request body has ${size} bytes. Request bodies are limited to ${MAX_BODY_BYTES} bytes.`;
    throw new Problem('request-too-large', detail);
  }
  const [mediaType = ''] = contentType.toLowerCase().split(';');
  switch (mediaType.trim()) {
    case 'text/plain':
      return { argv: splitCommandLine(body), format: 'json' };
    case 'application/json':
    case '':
      return readJsonRequest(body);
    default:
      throw new Problem(
        'unsupported-media-type',
        `The content type ${mediaType} is not supported. Use application/json or text/plain.`,
      );
  }
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
