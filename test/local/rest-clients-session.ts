/**
 * A web server of Airflow 2 for clients that send a bearer token: the token is the session. Airflow itself reads the session from a cookie
 * only. Everything else passes unchanged.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SessionServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @param webServer `http://127.0.0.1:PORT` */
export async function acceptSessionAsToken(webServer: string): Promise<SessionServer> {
  const server = createServer((incoming, response) => {
    const { authorization = '', ...headers } = incoming.headers;
    const cookie = `session=${authorization.replace(/^Bearer /, '')}`;
    const outgoing = request(
      `${webServer}${incoming.url}`,
      { method: incoming.method, headers: { ...headers, cookie } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
