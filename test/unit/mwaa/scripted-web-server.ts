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
import { createCertificateAuthority } from '../../../local/mwaa/certificate-authority.ts';

/** One request as it came over the wire, whole. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the server does with one request. */
export type RespondToRequest = (socket: Socket, request: ReceivedRequest) => void;

export const TEST_HOST = 'web.test';
const authority = await createCertificateAuthority(await mkdtemp(join(tmpdir(), 'authority-')));
const credential = await authority.issueCertificate(TEST_HOST);
export const CA_CERTIFICATE = readFileSync(authority.file, 'utf8');

export interface ScriptedWebServer {
  readonly port: number;
  /** Every request that arrived whole: Airflow could have run so often. */
  readonly received: ReceivedRequest[];
  /** Connections whose TLS handshake was done. */
  readonly connections: Socket[];
  close(): void;
}

/** A server that acts on its requests in turn, the last act for ever, over real sockets with real TLS. */
export async function startScriptedWebServer(...acts: readonly RespondToRequest[]): Promise<ScriptedWebServer> {
  const received: ReceivedRequest[] = [];
  const connections: Socket[] = [];
  const server = createTlsServer(credential, (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const request = parseCompleteRequest(text);
      if (request === undefined) return;
      text = '';
      received.push(request);
      acts[Math.min(received.length, acts.length) - 1]?.(socket, request);
    });
  });
  server.on('tlsClientError', () => {});
  const port = await listen(server);
  const close = () => {
    for (const socket of connections) socket.destroy();
    server.close();
  };
  return { port, received, connections, close };
}

/** A server of plain TCP: what it does with each connection. */
export async function startTcpServer(act: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    act(socket);
  });
  const port = await listen(server);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, close };
}

/** A port on which nothing listens. */
export async function findClosedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function parseCompleteRequest(text: string): ReceivedRequest | undefined {
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
export function createLocalhostLookup(asked: string[] = []): LookupFunction {
  return (hostname, _options, callback) => {
    asked.push(hostname);
    setImmediate(() => callback(null, [{ address: '127.0.0.1', family: 4 }]));
  };
}

export const respondWith =
  (status: number, body: string, headers: Readonly<Record<string, string>> = {}): RespondToRequest =>
  (socket) => {
    socket.write(formatResponseHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers }) + body);
  };

export const formatResponseHead = (status: number, headers: Readonly<Record<string, string>>): string =>
  `HTTP/1.1 ${status} Status\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

/** Ends the connection without a word: with a reset where the other side still writes. */
export const closeConnection: RespondToRequest = (socket) => socket.destroy();

export const neverRespond: RespondToRequest = () => {};
