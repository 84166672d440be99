/**
 * Reads the response of a function behind a proxy integration (documented: API Gateway, "Output format of a Lambda function for
 * proxy integration", "Lambda proxy integration format for response streaming"). A malformed response becomes a 502.
 *
 * Assumed: streaming metadata without a status means 200; unknown members are rejected (AWS's `sam local` rejects them).
 */
import { METADATA_DELIMITER } from '../functions/response-stream.ts';
import { isRecord, parseJson } from '../template/parse-json.ts';
import { isBinaryMediaType } from './proxy-event.ts';

/** Status and headers of a response, in the order in which they are sent. */
export interface ResponseHead {
  status: number;
  headers: [name: string, value: string][];
}

/** The function's response does not have the format that API Gateway requires. */
export class MalformedProxyResponse extends Error {
  override name = 'MalformedProxyResponse';
}

/** Documented: the metadata, up to the delimiter, is limited to this size. */
const MAX_METADATA_BYTES = 16 * 1024;

/**
 * Reads the metadata at the start of a streamed response. Returns undefined if the metadata is not complete yet. Throws
 * `MalformedProxyResponse`.
 *
 * @param received all bytes received so far
 */
export function parseStreamMetadata(received: Buffer): { head: ResponseHead; rest: Buffer } | undefined {
  const end = received.indexOf(METADATA_DELIMITER);
  if (end < 0 ? received.length >= MAX_METADATA_BYTES + METADATA_DELIMITER.length : end > MAX_METADATA_BYTES) {
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
    rest: received.subarray(end + METADATA_DELIMITER.length),
  };
}

/**
 * Reads a buffered response: the JSON that the handler returned. Throws `MalformedProxyResponse`.
 *
 * @param accept the request's `Accept` header. A base64 body is decoded only if it names a binary media type (documented).
 */
export function parseProxyResponse(
  payload: string,
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): { head: ResponseHead; body: Buffer } {
  const response = parseJsonObject(payload);
  checkMembers(response, ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);
  const { body = '', isBase64Encoded } = response;
  if (body !== null && typeof body !== 'string') throw new MalformedProxyResponse('body must be text');
  const acceptedType = (accept ?? '').split(',')[0]?.split(';')[0]?.trim().toLowerCase() ?? '';
  const isDecoded = isBase64Encoded === true && isBinaryMediaType(acceptedType, binaryMediaTypes);
  return { head: parseResponseHead(response, undefined), body: Buffer.from(body ?? '', isDecoded ? 'base64' : 'utf8') };
}

function parseJsonObject(text: string): Record<string, unknown> {
  const value = parseJson(text);
  if (!isRecord(value)) throw new MalformedProxyResponse('not a JSON object');
  return value;
}

function checkMembers(value: Record<string, unknown>, allowed: string[]): void {
  const unknown = Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw new MalformedProxyResponse(`unknown member ${unknown}`);
}

function parseResponseHead(response: Record<string, unknown>, defaultStatus: number | undefined): ResponseHead {
  const status = Number(response.statusCode ?? defaultStatus);
  if (!Number.isInteger(status) || status < 100 || status > 599)
    throw new MalformedProxyResponse('statusCode must be an HTTP status');
  const single = toHeaderMap(response.headers, 'headers');
  const multiple = toHeaderMap(response.multiValueHeaders, 'multiValueHeaders');
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
  const hasContentType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return { status, headers: hasContentType ? headers : [['Content-Type', 'application/json'], ...headers] };
}

function toHeaderMap(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw new MalformedProxyResponse(`${name} must be an object`);
  return value;
}

/**
 * Headers that API Gateway passes under another name (documented in part: "Important notes"; the rest is reported by users of AWS).
 * Assumed: the same for streams.
 */
const REMAPPED_HEADERS = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'trailer',
  'user-agent',
  'www-authenticate',
  'x-amzn-requestid',
]);

const remapHeaderName = (name: string): string =>
  REMAPPED_HEADERS.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name;
