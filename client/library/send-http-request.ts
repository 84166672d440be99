/** A response whose body has been read completely. A subset of the `Response` of `fetch`. */
export interface ReceivedResponse {
  readonly status: number;
  readonly ok: boolean;
  /** The names are in lower case. */
  readonly headers: Iterable<[name: string, value: string]> & {
    get(name: string): string | null | undefined;
    has(name: string): boolean;
  };
  text(): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows the type of the JSON value
  json(): Promise<any>;
}

export interface HttpRequestInit {
  /** JSON text. Undefined: the request is a GET. */
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** No complete response was received. */
export class ConnectionError extends TypeError {
  /** Whether the connection was established, so that the request may have been received. */
  readonly requestSent: boolean;
  /** Whether the request may have changed something, and nothing shows whether it did. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, requestSent: boolean, isReadOnly: boolean, options?: ErrorOptions) {
    super(message, options);
    this.requestSent = requestSent;
    this.outcomeUnknown = requestSent && !isReadOnly;
  }
}

/**
 * Sends one request and does not follow redirects. `fetch` could do the same, but loading it takes longer than everything else that
 * a short program does.
 *
 * @throws ConnectionError with the reason as its cause; the signal's reason
 */
export async function sendHttpRequest(
  address: URL,
  { body, headers, signal }: HttpRequestInit,
): Promise<ReceivedResponse> {
  // An import would load both modules, and TLS for plain HTTP too.
  const isPlain = address.protocol === 'http:';
  const { request } = process.getBuiltinModule(isPlain ? 'node:http' : 'node:https');
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let isConnected = false;
    const fail = (cause: Error) =>
      reject(
        signal?.aborted
          ? signal.reason
          : new ConnectionError(`${address.origin} did not respond`, isConnected, body === undefined, { cause }),
      );
    const outgoing = request(
      address,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) },
        ...(signal === undefined ? {} : { signal }),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({
            status,
            ok: status >= 200 && status < 300,
            headers: new Map(
              Object.entries(response.headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]),
            ),
            text: async () => text,
            json: async () => JSON.parse(text),
          });
        });
      },
    );
    outgoing.on('socket', (socket) => {
      const setConnected = () => {
        isConnected = true;
      };
      if (socket.connecting) socket.once(isPlain ? 'connect' : 'secureConnect', setConnected);
      else setConnected();
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
