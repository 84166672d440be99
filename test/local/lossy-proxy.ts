import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of the answer to a command: it arrives, it is lost, or the process that waits for it is killed before it arrives. */
export type Delivery = 'arrives' | 'lost' | 'process killed' | 'worker killed';

export interface SentCommand {
  readonly argv: readonly string[];
  readonly key: string | undefined;
  readonly delivery: Delivery;
}

/** A server between a client and the API that loses answers after the API has sent them. */
export interface LossyProxy {
  readonly url: string;
  /** All commands, in the order of their answers. */
  readonly commands: readonly SentCommand[];
  /** How the answers arrive of the next commands that begin with these words. All others arrive. */
  setDeliveries(words: string, deliveries: readonly Delivery[]): void;
  close(): Promise<void>;
}

export async function startLossyProxy(api: string): Promise<LossyProxy> {
  const target = new URL(api);
  const commands: SentCommand[] = [];
  const deliveries = new Map<string, Delivery[]>();
  const takeDelivery = (argv: readonly string[]): Delivery => {
    const line = argv.join(' ');
    const words = [...deliveries.keys()].find((key) => line === key || line.startsWith(`${key} `));
    return (words !== undefined && deliveries.get(words)!.shift()) || 'arrives';
  };

  const server: Server = createServer(async (incoming, outgoing) => {
    const { remotePort = 0 } = incoming.socket;
    const body = await readBody(incoming);
    // The signature covers the `Host` header, which stays that of this server.
    const forwarded = request(
      {
        host: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      async (response) => {
        const answer = await readBody(response);
        const isCommand = incoming.url?.endsWith('/cli');
        const argv: string[] = isCommand ? JSON.parse(body.toString()).argv.map(String) : [];
        const delivery = isCommand ? takeDelivery(argv) : 'arrives';
        if (isCommand)
          commands.push({ argv, key: incoming.headers['idempotency-key'] as string | undefined, delivery });
        if (delivery === 'arrives') {
          outgoing.writeHead(response.statusCode ?? 500, response.headers).end(answer);
          return;
        }
        if (delivery !== 'lost') killProcess(remotePort, delivery === 'worker killed');
        incoming.socket.destroy();
      },
    );
    forwarded.on('error', () => incoming.socket.destroy());
    forwarded.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    commands,
    setDeliveries: (words, next) => deliveries.set(words, [...next]),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Kills the process that a connection comes from, and with `andParent` the process that watches over it. Linux only. */
function killProcess(port: number, andParent: boolean): void {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .find((text) => text.trim().split(/\s+/)[1]?.endsWith(`:${hexadecimal}`));
  const inode = line?.trim().split(/\s+/)[9];
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && hasSocket(name, inode));
  if (pid === undefined) throw new Error(`No process has the port ${port}.`);
  const parent = Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  if (andParent) process.kill(parent, 'SIGKILL');
  process.kill(Number(pid), 'SIGKILL');
}

function hasSocket(pid: string, inode: string | undefined): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readLink(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // it has exited
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
