import type { Server } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';

/** What a new connection meets: TLS and HTTP as usual, silence, or a reset. */
export type ConnectionMode = 'serve' | 'ignore' | 'reset';

/** A listening HTTPS server whose connections can be had by their sockets. */
export interface ControllableServer {
  readonly port: number;
  /** Ends the connection of a request without another word (TCP RST). */
  resetConnection(socket: { readonly remotePort?: number | undefined } | null): void;
  /** Another certificate for the connections to come. */
  setCertificate(credential: SecureContextOptions): void;
  /** Ends every connection and waits until the other side knows. */
  closeConnections(): Promise<void>;
  close(): Promise<void>;
}

/** How long the other side may take to notice that a connection has ended. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Serves HTTPS on a free loopback port. The TCP half is a server of its own in front of Node's HTTPS server: only the raw
 * socket can be reset, and only before TLS can a connection be left hanging.
 */
export async function startControllableServer(https: Server, greet: () => ConnectionMode): Promise<ControllableServer> {
  const raw = new Map<number | undefined, Socket>();
  const secure = new Map<number | undefined, TLSSocket>();
  const tcp = createServer((socket) => {
    const { remotePort } = socket;
    raw.set(remotePort, socket);
    // A client that goes away, or that a certificate displeases, is no fault of the server.
    socket.on('error', () => {}).once('close', () => raw.delete(remotePort));
    const greeting = greet();
    if (greeting === 'serve') https.emit('connection', socket);
    if (greeting === 'reset') socket.resetAndDestroy();
  });
  https.on('tlsClientError', () => {});
  https.on('secureConnection', (socket: TLSSocket) => {
    const { remotePort } = socket;
    secure.set(remotePort, socket);
    socket.once('close', () => secure.delete(remotePort));
  });
  await new Promise<void>((listening, failed) => {
    tcp.once('error', failed);
    tcp.listen(0, '127.0.0.1', listening);
  });
  const destroyAll = () => {
    for (const socket of raw.values()) socket.destroy();
  };
  return {
    port: (tcp.address() as AddressInfo).port,
    resetConnection: (socket) => void raw.get(socket?.remotePort)?.resetAndDestroy(),
    setCertificate: (credential) => https.setSecureContext(credential),
    async closeConnections() {
      const closed = [...raw.values()].map((socket) => new Promise((done) => socket.once('close', done)));
      for (const [port, socket] of raw) {
        if (secure.has(port)) secure.get(port)?.end();
        else socket.destroy();
      }
      const late = setTimeout(destroyAll, CLOSE_TIMEOUT_MS);
      await Promise.all(closed);
      clearTimeout(late);
    },
    close() {
      const closed = new Promise<void>((done) => tcp.close(() => done()));
      destroyAll();
      return closed;
    },
  };
}
