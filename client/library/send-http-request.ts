/** What came back, read whole. A part of what `fetch` gives. */
export interface ReceivedResponse {
  readonly status: number;
  readonly ok: boolean;
  /** By names in small letters. */
  readonly headers: Iterable<[name: string, value: string]> & {
    get(name: string): string | null | undefined;
    has(name: string): boolean;
  };
  text(): Promise<string>;
  // biome-ignore lint/suspicious/noExplicitAny: JSON is what its reader takes it for
  json(): Promise<any>;
}

export interface HttpRequestInit {
  /** JSON. Left out: it is a GET. */
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends one request and follows no redirect. `fetch` does as much, and loading it costs a short program more than everything else
 * that it does.
 *
 * @throws TypeError where the address cannot be reached, with the reason as its cause; the signal's reason
 */
export async function sendHttpRequest(
  address: URL,
  { body, headers, signal }: HttpRequestInit,
): Promise<ReceivedResponse> {
  // Not by an import: that loads all that the module could ever export, TLS or not.
  const { request } = process.getBuiltinModule(address.protocol === 'http:' ? 'node:http' : 'node:https');
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const fail = (cause: Error) =>
      reject(signal?.aborted ? signal.reason : new TypeError(`${address.origin} gave no answer`, { cause }));
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
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
