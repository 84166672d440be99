/** An HTTP proxy of a network: it forwards connections (CONNECT), or refuses them. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export type NetworkProxyBehavior = 'connects' | 'refuses' | 'closes';

export interface NetworkProxy {
  readonly port: number;
  /** The hosts that were asked for. */
  readonly hosts: readonly string[];
  close(): Promise<void>;
}

/**
 * @param behavior `closes`: the connection ends once it is established
 * @param network where connections are forwarded to: `name:port` → `host:port`. Default: the same port on this machine
 */
export async function startNetworkProxy(
  behavior: NetworkProxyBehavior,
  network: Readonly<Record<string, string>> = {},
): Promise<NetworkProxy> {
  const hosts: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(400).end());
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', ({ url = '' }, client: Socket) => {
    hosts.push(url);
    if (behavior === 'refuses') return client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    if (behavior === 'closes') return client.end('HTTP/1.1 200 Connection established\r\n\r\n');
    const upstream = connect(Number((network[url] ?? url).split(':')[1]), '127.0.0.1');
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hosts,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
