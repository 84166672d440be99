import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A connection that was idle for longer is not used again: a load balancer closes it, and a frozen function does not notice. */
const MAX_IDLE_MS = 30_000;
/** So much sooner than the server says it closes an idle connection, ours is no longer used. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** Kept-alive connections, of which none is used that may be closed already. */
export interface KeepAliveAgent {
  readonly agent: Agent;
  /** Before each request: closes what was idle for too long, and lets the agent see what the server has closed. */
  closeStaleConnections(): Promise<void>;
  /** Notes that a connection is free from now on, and for how long the server keeps it. */
  markIdle(socket: Socket, response: IncomingMessage): void;
}

/**
 * @param now milliseconds of a clock that goes on while the function is frozen
 * @param options of the agent: where else than to port 443 it connects, and whom it trusts
 */
export function createKeepAliveAgent(now: () => number, options: AgentOptions): KeepAliveAgent {
  const agent = new Agent({ ...options, keepAlive: true, maxFreeSockets: 4 });
  const free = new WeakMap<Socket, { readonly since: number; readonly limitMs: number }>();

  const isYoung = (socket: Socket): boolean => {
    const { since, limitMs } = free.get(socket) ?? { since: 0, limitMs: 0 };
    const idle = now() - since;
    return idle >= 0 && idle <= limitMs;
  };
  return {
    agent,
    async closeStaleConnections() {
      // The end of a connection may have arrived, during a freeze above all, and not been read yet. From one turn of the
      // event loop to the next everything that has arrived is read.
      await nextTurn();
      await nextTurn();
      for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) {
        if (!isYoung(socket)) socket.destroy();
      }
    },
    markIdle(socket, { headers }) {
      const hint = /(?:^|[\s,])timeout=(\d+)/.exec(String(headers['keep-alive'] ?? ''))?.[1];
      const limitMs =
        hint === undefined ? MAX_IDLE_MS : Math.min(MAX_IDLE_MS, Number(hint) * 1000 - KEEP_ALIVE_MARGIN_MS);
      free.set(socket, { since: now(), limitMs });
    },
  };
}
