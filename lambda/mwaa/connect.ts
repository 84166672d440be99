import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionStep } from './connection-step.ts';

/** A step of a connection to a web server, to be tried by itself. */
export interface ConnectionTry {
  readonly step: Exclude<ConnectionStep, 'exchange'>;
  /** @throws Error of Node's sockets */
  run(signal: AbortSignal): Promise<void>;
}

/** The steps of connecting to port 443 of a host, one after the other. `close` ends what was opened. */
export function connecting(hostname: string): { steps: readonly ConnectionTry[]; close(): void } {
  let address = hostname;
  let socket: Socket | undefined;
  const opened = async (next: Socket, event: string, signal: AbortSignal) => {
    socket = next;
    // Between two steps nobody else listens.
    next.on('error', () => {});
    await once(next, event, { signal });
  };
  return {
    steps: [
      {
        step: 'name resolution',
        run: async () => {
          ({ address } = await lookup(hostname));
        },
      },
      { step: 'connect', run: (signal) => opened(connectTcp({ host: address, port: 443 }), 'connect', signal) },
      {
        step: 'TLS',
        run: async (signal) => {
          if (socket?.errored) throw socket.errored;
          await opened(connectTls({ ...(socket && { socket }), servername: hostname }), 'secureConnect', signal);
        },
      },
    ],
    close: () => socket?.destroy(),
  };
}
