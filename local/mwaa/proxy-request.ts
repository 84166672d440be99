import { request as requestHttp } from 'node:http';
import { createHtmlPage } from './http-messages.ts';

export interface RequestToProxy {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** In pairs of name and value. */
  readonly rawHeaders: readonly string[];
}

/** A complete response of Airflow's web server. */
export interface ProxiedResponse {
  readonly status: number;
  /** In pairs of name and value. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Headers of a connection, and the length, which is written anew. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade']);

/** Sends a request to Airflow's web server as a load balancer does. If the connection fails, the response is the 502 of one. */
export function proxyRequest(
  url: string,
  { method, url: path, rawHeaders }: RequestToProxy,
  body: Buffer,
  signal: AbortSignal,
): Promise<ProxiedResponse> {
  return new Promise((resolve) => {
    const page = createHtmlPage(502, 'Bad Gateway');
    const fail = () =>
      resolve({ status: 502, headers: ['Content-Type', page.contentType], body: Buffer.from(page.body) });
    const { hostname, port } = new URL(url);
    const headers = [
      ...selectHeaders(rawHeaders),
      ...(body.length === 0 ? [] : ['Content-Length', String(body.length)]),
    ];
    const outgoing = requestHttp({ hostname, port, method, path, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        const { statusCode = 502 } = response;
        resolve({ status: statusCode, headers: selectHeaders(response.rawHeaders), body: Buffer.concat(chunks) });
      });
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

function selectHeaders(raw: readonly string[]): string[] {
  const selected: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) selected.push(name, raw[index + 1]!);
  }
  return selected;
}
