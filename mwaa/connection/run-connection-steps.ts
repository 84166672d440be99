import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionStep } from './connection-step.ts';
import type { RunStep } from './run-steps.ts';
import { raceAbort, withTimeout } from './with-timeout.ts';

export type ConnectionSetupStep = Exclude<ConnectionStep, 'exchange'>;

export interface ConnectionStepsOptions {
  readonly hostname: string;
  /** Default: 443. */
  readonly port?: number;
  /** Without: a connection in the clear. Default: with. */
  readonly tls?: boolean;
  /** How long each step may take. */
  readonly stepTimeoutMs: number;
  readonly signal: AbortSignal;
  /** What to change, in words, where a step fails. The error is one of Node's sockets. */
  describeRemedy(step: ConnectionSetupStep, error: NodeJS.ErrnoException): string | Promise<string>;
  /** What to tell of a step that goes well: addresses, an address, a protocol. Default: nothing. */
  readonly describeResult?: (result: string) => string;
}

/** Takes each step of a connection by itself, and ends it. */
export async function runConnectionSteps(
  take: RunStep<ConnectionSetupStep>,
  to: ConnectionStepsOptions,
): Promise<void> {
  const { hostname, port = 443, tls = true, stepTimeoutMs, signal, describeResult = () => undefined } = to;
  let addresses: LookupAddress[] = [];
  let socket: Socket | undefined;
  const tried = (step: ConnectionSetupStep, run: (limit: AbortSignal) => Promise<string>) =>
    take(
      step,
      () =>
        withTimeout(stepTimeoutMs, signal, (limit) => raceAbort(run(limit), limit)).catch(async (cause) => {
          throw new Error(await to.describeRemedy(step, cause), { cause });
        }),
      describeResult,
    );
  const opened = async <Opened extends Socket>(next: Opened, event: string, limit: AbortSignal): Promise<Opened> => {
    socket = next;
    // Between two steps nobody else listens.
    next.on('error', () => {});
    await once(next, event, { signal: limit });
    return next;
  };
  // All of them, as clients try them: where one family of addresses leads nowhere, the other may.
  const known: LookupFunction = (_host, { all }, done) => {
    const [first] = addresses;
    if (all === true) done(null, addresses);
    else done(null, first?.address ?? '', first?.family ?? 4);
  };
  try {
    await tried('name resolution', async () => {
      addresses = await lookup(hostname, { all: true });
      return addresses.map(({ address }) => address).join(', ');
    });
    await tried('connect', async (limit) => {
      const connected = await opened(connectTcp({ host: hostname, port, lookup: known }), 'connect', limit);
      return `${connected.remoteAddress} port ${port}`;
    });
    if (!tls) return;
    await tried('TLS', async (limit) => {
      if (socket?.errored) throw socket.errored;
      const servername = isIP(hostname) ? '' : hostname;
      const secured = connectTls({ ...(socket && { socket }), host: hostname, servername });
      return `${(await opened(secured, 'secureConnect', limit)).getProtocol()}`;
    });
  } finally {
    socket?.destroy();
  }
}
