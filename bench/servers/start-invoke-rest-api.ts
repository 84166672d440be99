import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from '../../local/read-body.ts';

/** How many requests MWAA accepts in a second, and how long each may take. Source: MWAA user guide, "Using the Apache Airflow REST API". */
const REQUESTS_PER_SECOND = 10;
const TIMEOUT_MS = 10_000;

/** A stand-in for the AWS API InvokeRestApi, with its documented limits. */
export interface InvokeRestApi {
  readonly url: string;
  /** How many requests it has rejected. */
  countThrottled(): number;
  close(): void;
}

/**
 * Passes requests on to a web server. AWS documents the rate and not the burst: here a burst may have the requests of one second. What is
 * above it gets a `ThrottlingException`. Nothing else takes time.
 *
 * @param headers of a session
 */
export async function startInvokeRestApi(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
): Promise<InvokeRestApi> {
  let available = REQUESTS_PER_SECOND;
  let refilledAt = performance.now();
  let throttled = 0;
  const take = (): boolean => {
    const now = performance.now();
    available = Math.min(REQUESTS_PER_SECOND, available + (REQUESTS_PER_SECOND * (now - refilledAt)) / 1000);
    refilledAt = now;
    if (available < 1) return false;
    available -= 1;
    return true;
  };
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const reply = (status: number, value: object, type = '') =>
      response
        .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
        .end(JSON.stringify(value));
    if (!take()) {
      throttled += 1;
      reply(429, { message: 'Rate exceeded' }, 'ThrottlingException');
      return;
    }
    const { Path, Method, QueryParameters } = JSON.parse(body.toString('utf8'));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(QueryParameters ?? {})) query.set(name, String(value));
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(`${baseUrl}${Path}?${query}`, { method: Method, headers, signal });
      reply(200, { RestApiStatusCode: answer.status, RestApiResponse: await answer.json() });
    } catch {
      reply(400, { RestApiStatusCode: 504, RestApiResponse: {} }, 'RestApiServerException');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    countThrottled: () => throttled,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
