/** A response that was received completely. */
export interface HttpResponse {
  readonly status: number;
  /** The names are in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** What was received is not an HTTP response. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';
}

type Head = Omit<HttpResponse, 'body'> & {
  /** The length of the body, or how it ends. */
  readonly bodyEnd: number | 'last chunk' | 'end of connection';
};

/** As Node.js limits it. */
const MAX_HEAD_LENGTH = 16 * 1024;
const EMPTY_LINE = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: [^\0\r\n]*)?$/;
const HEADER_LINE = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/;
const LENGTH = /^\d{1,15}$/;
const CHUNK_LINE = /^([\da-f]{1,8})(?:[ \t]*;[^\0\r\n]*)?$/i;

/**
 * Reads the response to a GET or POST (RFC 9112, section 6.3). Interim responses before it are skipped. It is strict: it throws
 * `MalformedResponseError` also for a combination of headers that two readers could read in two ways.
 */
export class HttpResponseReader {
  /** What was received and not read. */
  #pending: Buffer[] = [];
  #length = 0;
  /** The length of `#pending` before which reading on is useless. Without it, a long body would be copied for each packet. */
  #neededLength = 0;
  #head: Head | undefined;
  readonly #chunks: Buffer[] = [];

  /** @returns the response if it is complete */
  add(bytes: Buffer): HttpResponse | undefined {
    this.#pending.push(bytes);
    this.#length += bytes.length;
    return this.#length < this.#neededLength ? undefined : this.#read();
  }

  /** The server has closed the connection. */
  end(): HttpResponse | undefined {
    return this.#head?.bodyEnd === 'end of connection' ? finish(this.#head, this.#pending) : undefined;
  }

  #read(): HttpResponse | undefined {
    let bytes = Buffer.concat(this.#pending);
    while (this.#head === undefined) {
      const end = bytes.indexOf(EMPTY_LINE);
      if ((end === -1 ? bytes.length : end) > MAX_HEAD_LENGTH)
        throw new MalformedResponseError('The headers of the response are too long');
      if (end === -1) return this.#wait(bytes, bytes.length + 1);
      this.#head = parseHead(bytes.toString('latin1', 0, end));
      bytes = bytes.subarray(end + EMPTY_LINE.length);
    }
    const { bodyEnd } = this.#head;
    if (bodyEnd === 'end of connection') return this.#wait(bytes, Number.POSITIVE_INFINITY);
    if (bodyEnd === 'last chunk') return this.#readChunks(this.#head, bytes);
    return bytes.length < bodyEnd ? this.#wait(bytes, bodyEnd) : finish(this.#head, [bytes.subarray(0, bodyEnd)]);
  }

  #readChunks(head: Head, received: Buffer): HttpResponse | undefined {
    for (let bytes = received; ; ) {
      const lineEnd = bytes.indexOf('\r\n');
      if ((lineEnd === -1 ? bytes.length : lineEnd) > MAX_HEAD_LENGTH) fail();
      if (lineEnd === -1) return this.#wait(bytes, bytes.length + 1);
      const size = Number.parseInt(CHUNK_LINE.exec(bytes.toString('latin1', 0, lineEnd))?.[1] ?? fail(), 16);
      if (size === 0) return this.#readTrailers(head, bytes, lineEnd);
      const [start, end] = [lineEnd + 2, lineEnd + 2 + size];
      if (bytes.length < end + 2) return this.#wait(bytes, end + 2);
      if (bytes.toString('latin1', end, end + 2) !== '\r\n') fail();
      this.#chunks.push(bytes.subarray(start, end));
      bytes = bytes.subarray(end + 2);
    }
  }

  #readTrailers(head: Head, bytes: Buffer, lineEnd: number): HttpResponse | undefined {
    if (bytes.includes(EMPTY_LINE, lineEnd)) return finish(head, this.#chunks);
    if (bytes.length > MAX_HEAD_LENGTH) fail();
    return this.#wait(bytes, bytes.length + 1);
  }

  #wait(pending: Buffer, neededLength: number): undefined {
    this.#pending = [pending];
    this.#length = pending.length;
    this.#neededLength = neededLength;
  }
}

const finish = ({ status, headers }: Head, body: readonly Buffer[]): HttpResponse => ({
  status,
  headers,
  body: Buffer.concat(body),
});

/** @returns undefined for an interim response */
function parseHead(text: string): Head | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = Number(STATUS_LINE.exec(statusLine)?.[1] ?? fail());
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? fail();
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  if (status === 101) fail();
  if (status < 200) return undefined;
  return { status, headers, bodyEnd: status === 204 || status === 304 ? 0 : findBodyEnd(headers) };
}

function findBodyEnd(headers: ReadonlyMap<string, string>): Head['bodyEnd'] {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (encoding !== undefined)
    return encoding.toLowerCase() === 'chunked' && length === undefined ? 'last chunk' : fail();
  if (length === undefined) return 'end of connection';
  return LENGTH.test(length) ? Number(length) : fail();
}

function fail(): never {
  throw new MalformedResponseError('The response is not HTTP');
}
