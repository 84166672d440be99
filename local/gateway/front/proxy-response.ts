/**
 * What a function may answer through a proxy integration (documented: API Gateway, "Output format of a Lambda function for
 * proxy integration", "Lambda proxy integration format for response streaming"). An answer of another form is the
 * gateway's 502. Assumed: a status that is left out of streaming metadata is 200; unknown members are refused (AWS's own
 * `sam local` refuses them).
 */
import { isBinaryMediaType } from './proxy-event.ts';

/** Status and headers of an answer, in the order they are to be sent. */
export interface ResponseHead {
  status: number;
  headers: [name: string, value: string][];
}

/** The function's answer does not have the form API Gateway asks for. */
export class MalformedProxyResponse extends Error {
  override name = 'MalformedProxyResponse';
}

/** Documented: the delimiter must come within this many bytes. */
const MAX_METADATA_BYTES = 16 * 1024;
const DELIMITER = Buffer.alloc(8);

/**
 * Reads the metadata at the front of a streamed answer. Give it everything received so far; undefined: more is needed.
 * Throws `MalformedProxyResponse`.
 */
export function parseStreamMetadata(received: Buffer): { head: ResponseHead; rest: Buffer } | undefined {
  const end = received.indexOf(DELIMITER);
  if (end < 0 ? received.length >= MAX_METADATA_BYTES + DELIMITER.length : end > MAX_METADATA_BYTES) {
    throw new MalformedProxyResponse('the metadata does not end within 16 KB');
  }
  if (end < 0) return undefined;
  const metadata = parseJsonObject(received.subarray(0, end).toString('utf8'));
  checkMembers(metadata, ['statusCode', 'headers', 'multiValueHeaders', 'cookies']);
  const cookies = (metadata.cookies ?? []) as unknown;
  if (!Array.isArray(cookies)) throw new MalformedProxyResponse('cookies must be a list');
  const head = parseResponseHead(metadata, 200);
  return {
    head: {
      ...head,
      headers: [...head.headers, ...cookies.map((cookie): [string, string] => ['Set-Cookie', `${cookie}`])],
    },
    rest: received.subarray(end + DELIMITER.length),
  };
}

/**
 * Reads a buffered answer: the JSON the handler returned.
 * Throws `MalformedProxyResponse`.
 *
 * @param accept the request's `Accept`: a base64 body is decoded only for a binary media type (documented)
 */
export function parseProxyResponse(
  payload: string,
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): { head: ResponseHead; body: Buffer } {
  const answer = parseJsonObject(payload);
  checkMembers(answer, ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);
  const { body = '', isBase64Encoded } = answer;
  if (body !== null && typeof body !== 'string') throw new MalformedProxyResponse('body must be text');
  const accepted = (accept ?? '').split(',')[0]?.split(';')[0]?.trim().toLowerCase() ?? '';
  const decodes = isBase64Encoded === true && isBinaryMediaType(accepted, binaryMediaTypes);
  return { head: parseResponseHead(answer, undefined), body: Buffer.from(body ?? '', decodes ? 'base64' : 'utf8') };
}

function parseJsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new MalformedProxyResponse('not a JSON object');
}

function checkMembers(value: Record<string, unknown>, names: string[]): void {
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other !== undefined) throw new MalformedProxyResponse(`${other} is no member of a proxy answer`);
}

function parseResponseHead(answer: Record<string, unknown>, defaultStatus: number | undefined): ResponseHead {
  const status = Number(answer.statusCode ?? defaultStatus);
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw new MalformedProxyResponse('statusCode must be a status');
  const single = toHeaderMap(answer.headers, 'headers');
  const multiple = toHeaderMap(answer.multiValueHeaders, 'multiValueHeaders');
  const repeated = new Set(Object.keys(multiple).map((name) => name.toLowerCase()));
  const pairs = [
    ...Object.entries(single).filter(([name]) => !repeated.has(name.toLowerCase())),
    ...Object.entries(multiple).flatMap(([name, values]) => {
      if (!Array.isArray(values)) throw new MalformedProxyResponse(`multiValueHeaders.${name} must be a list`);
      return values.map((value): [string, unknown] => [name, value]);
    }),
  ];
  const headers = pairs
    .filter(([, value]) => value !== null)
    .map(([name, value]): [string, string] => {
      if (!['string', 'number', 'boolean'].includes(typeof value))
        throw new MalformedProxyResponse(`header ${name} must be text`);
      return [remapHeaderName(name), String(value)];
    })
    .filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return { status, headers: hasType ? headers : [['Content-Type', 'application/json'], ...headers] };
}

function toHeaderMap(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new MalformedProxyResponse(`${name} must be a table`);
  return value as Record<string, unknown>;
}

/** Headers that API Gateway keeps for itself and hands on under another name (documented: "Important notes"). */
const REMAPPED_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'server',
  'www-authenticate',
  'x-amzn-requestid',
]);

const remapHeaderName = (name: string): string =>
  REMAPPED_HEADERS.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name;
