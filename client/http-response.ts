/** The status line and the headers of a response. */
export interface ResponseHead {
  readonly status: number;
  /** The names are in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body begins. */
  readonly end: number;
  /** The length of the body, or how it ends. */
  readonly bodyEnd: number | 'last chunk' | 'end of connection';
}

/** What was received is not an HTTP response. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';
}

/** As Node.js limits it. */
const MAX_HEAD_LENGTH = 16 * 1024;
/** Ends the headers, and a body in chunks. */
export const EMPTY_LINE = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: [^\0]*)?$/;
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/;
const LENGTH = /^\d{1,15}$/;
const CHUNK_LINE = /^([\da-f]{1,8})(?:[ \t]*;[^\0\r\n]*)?$/i;

/**
 * Reads the head of the response to a GET or POST (RFC 9112, section 6.3). Interim responses before it are skipped.
 *
 * @param start where a head begins
 * @returns undefined if more bytes must follow
 * @throws MalformedResponseError, also for a combination of headers that two readers could read in two ways
 */
export function parseResponseHead(bytes: Buffer, start = 0): ResponseHead | undefined {
  const end = bytes.indexOf(EMPTY_LINE, start);
  if ((end === -1 ? bytes.length : end) - start > MAX_HEAD_LENGTH)
    throw new MalformedResponseError('The headers of the response are too long');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n');
  const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? fail());
  const headers = parseHeaders(lines);
  const bodyStart = end + EMPTY_LINE.length;
  if (status === 101) fail();
  if (status < 200) return parseResponseHead(bytes, bodyStart);
  return { status, headers, end: bodyStart, bodyEnd: status === 204 || status === 304 ? 0 : findBodyEnd(headers) };
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? fail();
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function findBodyEnd(headers: ReadonlyMap<string, string>): ResponseHead['bodyEnd'] {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding !== undefined)
    return encoding.toLowerCase() === 'chunked' && length === undefined ? 'last chunk' : fail();
  if (length === undefined) return 'end of connection';
  return LENGTH.test(length) ? Number(length) : fail();
}

/**
 * Reads the body that follows a head.
 *
 * @param isClosed the server has closed the connection, so nothing follows
 * @returns undefined if more bytes must follow
 * @throws MalformedResponseError
 */
export function readBody({ end, bodyEnd }: ResponseHead, bytes: Buffer, isClosed: boolean): Buffer | undefined {
  if (bodyEnd === 'last chunk') return joinChunks(bytes, end);
  if (bodyEnd === 'end of connection') return isClosed ? bytes.subarray(end) : undefined;
  return bytes.length < end + bodyEnd ? undefined : bytes.subarray(end, end + bodyEnd);
}

/** @returns undefined if the last chunk and the end of the trailers are missing */
function joinChunks(bytes: Buffer, bodyStart: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = bodyStart; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const length = Number.parseInt(CHUNK_LINE.exec(bytes.toString('latin1', at, lineEnd))?.[1] ?? fail(), 16);
    const start = lineEnd + 2;
    if (length === 0) return bytes.indexOf(EMPTY_LINE, lineEnd) === -1 ? undefined : Buffer.concat(chunks);
    const end = start + length;
    if (bytes.length < end + 2) return undefined;
    if (bytes.toString('latin1', end, end + 2) !== '\r\n') fail();
    chunks.push(bytes.subarray(start, end));
    at = end + 2;
  }
}

function fail(): never {
  throw new MalformedResponseError('The response is not HTTP');
}
