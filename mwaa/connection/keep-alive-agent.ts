import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Connections that were idle for longer are not used. A load balancer may have closed them while the function was frozen. */
const MAX_IDLE_MS = 30_000;
/** Safety margin before the idle timeout that the server announces. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** Reuses connections, except those that the server may already have closed. */
export interface KeepAliveAgent {
  readonly agent: Agent;
  /** Call before each request: closes connections that were idle for too long, and lets the agent remove those that the server closed. */
  closeStaleConnections(): Promise<void>;
  /** Records that a connection is idle from now on, and for how long the server keeps it open. */
  markIdle(socket: Socket, response: IncomingMessage): void;
}

/**
 * @param now milliseconds of a clock that keeps running while the function is frozen
 * @param options of the agent, for tests: port, trusted certificates, name resolution
 */
export function createKeepAliveAgent(now: () => number, options: AgentOptions): KeepAliveAgent {
  const agent = new SilentSocketAgent({ ...options, keepAlive: true, maxFreeSockets: 4 });
  const idleSockets = new WeakMap<Socket, { readonly since: number; readonly limitMs: number }>();

  const isUsable = (socket: Socket): boolean => {
    const { since, limitMs } = idleSockets.get(socket) ?? { since: 0, limitMs: 0 };
    const idleMs = now() - since;
    return idleMs >= 0 && idleMs <= limitMs;
  };
  return {
    agent,
    async closeStaleConnections() {
      // The server may have closed a connection, typically during a freeze, or sent something, without the event being processed yet.
      // Two turns of the event loop process everything that has arrived.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      for (const sockets of Object.values(agent.freeSockets)) {
        for (const socket of sockets ?? []) if (!isUsable(socket)) socket.destroy();
      }
    },
    markIdle(socket, { headers }) {
      const timeoutSeconds = /(?:^|[\s,])timeout=(\d+)/.exec(String(headers['keep-alive'] ?? ''))?.[1];
      const limitMs =
        timeoutSeconds === undefined
          ? MAX_IDLE_MS
          : Math.min(MAX_IDLE_MS, Number(timeoutSeconds) * 1000 - KEEP_ALIVE_MARGIN_MS);
      idleSockets.set(socket, { since: now(), limitMs });
    },
  };
}

/**
 * Closes an idle connection as soon as anything arrives on it. No request has asked for it, and Node.js would take it for the response to
 * the next request.
 */
class SilentSocketAgent extends Agent {
  /** All connections have the agent's own options. Node.js would write all of them into the name, several times a request. */
  override getName({ host, port }: RequestOptions = {}): string {
    return `${host}:${port}`;
  }

  /** @returns whether to keep the socket, which the types of Node.js do not declare */
  override keepSocketAlive(socket: Duplex): boolean {
    const keep = super.keepSocketAlive(socket) as unknown as boolean;
    socket.on('data', destroySocket).resume();
    return keep && socket.readableLength === 0;
  }

  override reuseSocket(...[socket, request]: Parameters<Agent['reuseSocket']>): void {
    socket.removeListener('data', destroySocket);
    super.reuseSocket(socket, request);
  }
}

function destroySocket(this: Duplex): void {
  this.destroy();
}
