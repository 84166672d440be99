import { createServer, type Socket } from 'node:net';
import { connect } from 'node:tls';

/** A plain TCP port in front of a TLS server, for clients that do not know the certificate authority. */
export interface TlsBridge {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * @param target `127.0.0.1:PORT` of the TLS server
 * @param servername in its certificate
 */
export async function startTlsBridge(target: string, servername: string, ca: string): Promise<TlsBridge> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host, port: Number(port), servername, ca });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
