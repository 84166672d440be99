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
  /** Whether to run the TLS handshake. Default: true. */
  readonly tls?: boolean;
  /** Time limit of each step. */
  readonly stepTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Says what to change after a failed step. The error comes from Node's sockets. */
  describeRemedy(step: ConnectionSetupStep, error: NodeJS.ErrnoException): string | Promise<string>;
  /** Describes what a successful step found: addresses, an address, a protocol. Default: no description. */
  readonly describeResult?: (result: string) => string;
}

/** Opens a connection step by step (name resolution, connect, TLS), reports each step, and closes the connection. */
export async function runConnectionSteps(
  runStep: RunStep<ConnectionSetupStep>,
  options: ConnectionStepsOptions,
): Promise<void> {
  const { hostname, port = 443, tls = true, stepTimeoutMs, signal, describeResult = () => undefined } = options;
  let addresses: LookupAddress[] = [];
  let socket: Socket | undefined;
  const runWithTimeout = (step: ConnectionSetupStep, run: (stepSignal: AbortSignal) => Promise<string>) =>
    runStep(
      step,
      () =>
        withTimeout(stepTimeoutMs, signal, (stepSignal) => raceAbort(run(stepSignal), stepSignal)).catch(
          async (cause) => {
            throw new Error(await options.describeRemedy(step, cause), { cause });
          },
        ),
      describeResult,
    );
  const waitForEvent = async <Opened extends Socket>(
    opening: Opened,
    event: string,
    stepSignal: AbortSignal,
  ): Promise<Opened> => {
    socket = opening;
    // Without a listener, an error between two steps would crash the process.
    opening.on('error', () => {});
    await once(opening, event, { signal: stepSignal });
    return opening;
  };
  // Passes all addresses, as clients try them: one address family may be unreachable while the other works.
  const lookupResolved: LookupFunction = (_host, { all }, done) => {
    const [first] = addresses;
    if (all === true) done(null, addresses);
    else done(null, first?.address ?? '', first?.family ?? 4);
  };
  try {
    await runWithTimeout('name resolution', async () => {
      addresses = await lookup(hostname, { all: true });
      return addresses.map(({ address }) => address).join(', ');
    });
    await runWithTimeout('connect', async (stepSignal) => {
      const connecting = connectTcp({ host: hostname, port, lookup: lookupResolved });
      const connected = await waitForEvent(connecting, 'connect', stepSignal);
      return `${connected.remoteAddress} port ${port}`;
    });
    if (!tls) return;
    await runWithTimeout('TLS', async (stepSignal) => {
      if (socket?.errored) throw socket.errored;
      const servername = isIP(hostname) ? '' : hostname;
      const securing = connectTls({ ...(socket && { socket }), host: hostname, servername });
      return `${(await waitForEvent(securing, 'secureConnect', stepSignal)).getProtocol()}`;
    });
  } finally {
    socket?.destroy();
  }
}
