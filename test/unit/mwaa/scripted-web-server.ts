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

/** One complete request as it was received. */
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
export const CREDENTIAL = await authority.issueCertificate(TEST_HOST);
export const CA_CERTIFICATE = readFileSync(authority.file, 'utf8');

export interface ScriptedWebServer {
  readonly port: number;
  /** All complete requests: the number of times that Airflow could have run the command. */
  readonly received: ReceivedRequest[];
  /** Connections whose TLS handshake completed. */
  readonly connections: Socket[];
  close(): void;
}

/** A server on real sockets with real TLS. Each action handles one request; the last one handles all further requests. */
export async function startScriptedWebServer(...actions: readonly RespondToRequest[]): Promise<ScriptedWebServer> {
  const received: ReceivedRequest[] = [];
  const connections: Socket[] = [];
  const server = createTlsServer(CREDENTIAL, (socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8');
      const request = parseCompleteRequest(text);
      if (request === undefined) return;
      text = '';
      received.push(request);
      actions[Math.min(received.length, actions.length) - 1]?.(socket, request);
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

/** A plain TCP server. `act` handles each connection. */
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

/** A port on which no server listens. */
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
  return Buffer.byteLength(body) < Number(headers['content-length']) ? undefined : { method, path, headers, body };
}

/** Resolves every name to this machine. Records the names in `lookups`. */
export function createLocalhostLookup(lookups: string[] = []): LookupFunction {
  return (hostname, _options, callback) => {
    lookups.push(hostname);
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

/** Closes the connection without a response. The client gets a reset if it is still writing. */
export const closeConnection: RespondToRequest = (socket) => socket.destroy();

export const neverRespond: RespondToRequest = () => {};
