import type { IncomingMessage } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A connection that was idle for longer is not used again: a load balancer closes it, and a frozen function does not notice. */
const IDLE_MS = 30_000;
/** So much sooner than the server says it closes an idle connection, ours is no longer used. */
const HINT_MARGIN_MS = 1_000;

/** Kept-alive connections, of which none is used that may be closed already. */
export interface KeptAlive {
  readonly agent: Agent;
  /** Closes every free connection that was idle for too long or that the server has closed. To be awaited before each request. */
  refresh(): Promise<void>;
  /** Notes that a connection is free from now on, and for how long the server keeps it. */
  released(socket: Socket, response: IncomingMessage): void;
  /** Closes every free connection: one of them was found closed, and the others are as old. */
  closeFree(): void;
}

/**
 * @param now milliseconds of a clock that goes on while the function is frozen
 * @param options of the agent: where else than to port 443 it connects, and whom it trusts
 */
export function keptAlive(now: () => number, options: AgentOptions): KeptAlive {
  const agent = new Agent({ ...options, keepAlive: true, maxFreeSockets: 4 });
  const free = new WeakMap<Socket, { readonly since: number; readonly limitMs: number }>();

  const isUsable = (socket: Socket): boolean => {
    const { since, limitMs } = free.get(socket) ?? { since: 0, limitMs: 0 };
    const idle = now() - since;
    return idle >= 0 && idle <= limitMs && socket.writable && !socket.readableEnded;
  };
  const close = (which: (socket: Socket) => boolean) => {
    for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if (which(socket)) socket.destroy();
    }
  };
  return {
    agent,
    async refresh() {
      // After a freeze, the end of a connection and the request that thawed the function arrive in one turn of the event
      // loop, in any order: the next turn has seen both.
      await nextTurn();
      close((socket) => !isUsable(socket));
    },
    released(socket, { headers }) {
      const hint = /(?:^|[\s,])timeout=(\d+)/.exec(String(headers['keep-alive'] ?? ''))?.[1];
      const limitMs = hint === undefined ? IDLE_MS : Math.min(IDLE_MS, Number(hint) * 1000 - HINT_MARGIN_MS);
      free.set(socket, { since: now(), limitMs });
    },
    closeFree: () => close(() => true),
  };
}
