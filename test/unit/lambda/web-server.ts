import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { createAuthority } from '../../../local/mwaa/ca.ts';

/** One request as it came over the wire, whole. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the server does with one request. */
export type Act = (socket: Socket, request: Received) => void;

export const HOST = 'web.test';
const authority = await createAuthority(await mkdtemp(join(tmpdir(), 'authority-')));
const credential = await authority.issue(HOST);
export const AUTHORITY = readFileSync(authority.file, 'utf8');

export interface WebServer {
  readonly port: number;
  /** Every request that arrived whole: Airflow could have run so often. */
  readonly received: Received[];
  /** Connections whose TLS handshake was done. */
  readonly connections: Socket[];
  close(): void;
}

/** A server that acts on its requests in turn, the last act for ever, over real sockets with real TLS. */
export async function webServer(...acts: readonly Act[]): Promise<WebServer> {
  const received: Received[] = [];
  const connections: Socket[] = [];
  const server = createTlsServer(credential, (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const request = whole(text);
      if (request === undefined) return;
      text = '';
      received.push(request);
      acts[Math.min(received.length, acts.length) - 1]?.(socket, request);
    });
  });
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const close = () => {
    for (const socket of connections) socket.destroy();
    server.close();
  };
  return { port, received, connections, close };
}

/** A server of plain TCP: what it does with each connection. */
export async function tcpServer(act: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    act(socket);
  });
  const port = await listening(server);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, close };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function whole(text: string): Received | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const [method = '', path = ''] = start.split(' ');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(end + 4);
  return body.length < Number(headers['content-length']) ? undefined : { method, path, headers, body };
}

/** Every name leads to this machine. Tells which names were asked for. */
export function toThisMachine(asked: string[] = []): LookupFunction {
  return (hostname, _options, callback) => {
    asked.push(hostname);
    setImmediate(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
  };
}

export const answers =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): Act =>
  (socket) => {
    socket.write(head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }) + body);
  };

export const head = (status: number, headers: Readonly<Record<string, string>>): string =>
  `HTTP/1.1 ${status} Status\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** Ends the connection without a word: with a reset where the other side still writes. */
export const hangsUp: Act = (socket) => socket.destroy();

export const saysNothing: Act = () => {};
