import type { Server } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { SecureContextOptions, TLSSocket } from 'node:tls';

/** What happens to a new connection: TLS and HTTP as usual, no response at all, or a reset. */
export type ConnectionMode = 'serve' | 'ignore' | 'reset';

/** A listening HTTPS server that can reset and close its TCP connections. */
export interface ControllableServer {
  readonly port: number;
  /** Resets the connection of a request (TCP RST). */
  resetConnection(socket: { readonly remotePort?: number | undefined } | null): void;
  /** Replaces the certificate for new connections. */
  setCertificate(credential: SecureContextOptions): void;
  /** Closes every connection and waits until the clients have noticed. */
  closeConnections(): Promise<void>;
  close(): Promise<void>;
}

/** How long to wait for a client to notice that its connection has been closed. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Serves HTTPS on a free loopback port. A TCP server accepts the connections and passes them to Node's HTTPS server, because only a raw
 * socket can be reset or left without a TLS handshake.
 */
export async function startControllableServer(
  https: Server,
  getConnectionMode: () => ConnectionMode,
): Promise<ControllableServer> {
  const raw = new Map<number | undefined, Socket>();
  const secure = new Map<number | undefined, TLSSocket>();
  const tcp = createServer((socket) => {
    const { remotePort } = socket;
    raw.set(remotePort, socket);
    // Clients that disconnect or reject the certificate cause errors here, which are expected.
    socket.on('error', () => {}).once('close', () => raw.delete(remotePort));
    const mode = getConnectionMode();
    if (mode === 'serve') https.emit('connection', socket);
    if (mode === 'reset') socket.resetAndDestroy();
  });
  https.on('tlsClientError', () => {});
  https.on('secureConnection', (socket: TLSSocket) => {
    const { remotePort } = socket;
    secure.set(remotePort, socket);
    socket.once('close', () => secure.delete(remotePort));
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(0, '127.0.0.1', resolve);
  });
  const destroyAll = () => {
    for (const socket of raw.values()) socket.destroy();
  };
  return {
    port: (tcp.address() as AddressInfo).port,
    resetConnection: (socket) => void raw.get(socket?.remotePort)?.resetAndDestroy(),
    setCertificate: (credential) => https.setSecureContext(credential),
    async closeConnections() {
      const closed = [...raw.values()].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const [port, socket] of raw) {
        if (secure.has(port)) secure.get(port)?.end();
        else socket.destroy();
      }
      const timer = setTimeout(destroyAll, CLOSE_TIMEOUT_MS);
      await Promise.all(closed);
      clearTimeout(timer);
    },
    close() {
      const closed = new Promise<void>((resolve) => tcp.close(() => resolve()));
      destroyAll();
      return closed;
    },
  };
}
