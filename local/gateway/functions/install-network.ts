/**
 * The VPC as a function sees it: a table of names. Loaded in the function's process before its handler. Every outgoing
 * TCP connection is looked up by the name and port it asks for and led to the loopback port that plays them; TLS keeps
 * the real name for SNI and for the certificate. Names that are not in the table do not resolve (`ENOTFOUND`), ports that
 * no security group lets out are silent (`ETIMEDOUT`, without the wait), the machine's own loopback is refused: in Lambda
 * nothing listens there (outside a VPC the table may name ports of it, for a service that is played here). A name that the table calls silent is so with the wait, which is Linux's own of two minutes.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import type { NetworkRules } from './protocol.ts';

/** Linux gives up after six repeats of its first packet. */
const CONNECT_TIMEOUT_MS = 127_000;

/** Puts the rules in force for this process, for good. What it gives puts another table in the place of this one. */
export function installNetwork({ table: given, egress }: NetworkRules): (table: NetworkRules['table']) => void {
  let table: NetworkRules['table'] = {};
  let addresses = new Map<string, string>();
  const reroute = (next: NetworkRules['table']) => {
    table = Object.fromEntries(Object.entries(next).map(([key, target]) => [key.toLowerCase(), target]));
    addresses = assignAddresses(table);
  };
  reroute(given);
  const nameOf = (host: string) => [...addresses].find(([, address]) => address === host)?.[0] ?? host.toLowerCase();

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const { options, rest } = parseConnectArguments(args);
    // A pipe or Unix socket. An HTTP agent gives null.
    if (options.path) return Reflect.apply(connect, this, args);
    const host = options.host ?? 'localhost';
    const port = Number(options.port);
    const outcome = destination(nameOf(host), port);
    const { hostname, port: realPort } =
      outcome.kind === 'address' ? outcome : { hostname: 'unreachable.invalid', port };
    const redirected = {
      ...options,
      host: hostname,
      port: realPort,
      // Node's own path for a failed look-up: the error arrives as it would from the resolver, later and on the socket.
      lookup:
        outcome.kind === 'address'
          ? undefined
          : (_host: string, _options: unknown, done: (error: Error) => void) => {
              const fail = () => done(createNetworkError(outcome.code, host, port));
              if (!outcome.silent) return process.nextTick(fail);
              const timer = setTimeout(fail, CONNECT_TIMEOUT_MS);
              this.once('close', () => clearTimeout(timer));
            },
      autoSelectFamily: false,
    };
    return Reflect.apply(connect, this, [redirected, ...rest]);
  } as typeof connect;

  const resolve = (host: string): string | undefined => (net.isIP(host) ? host : addresses.get(host.toLowerCase()));
  patchDns(resolve);
  syncBuiltinESMExports();
  return reroute;

  function destination(name: string, port: number): ConnectTarget {
    const ownMachine = name === 'localhost' || name === '::1' || name.startsWith('127.');
    if (ownMachine && (egress !== undefined || typeof table[`${name}:${port}`] !== 'string')) {
      return { kind: 'fault', code: 'ECONNREFUSED' };
    }
    if (!net.isIP(name) && !addresses.has(name)) return { kind: 'fault', code: 'ENOTFOUND' };
    const target = table[`${name}:${port}`];
    if (target === 'refused') return { kind: 'fault', code: 'ECONNREFUSED' };
    if (target === 'silent') return { kind: 'fault', code: 'ETIMEDOUT', silent: true };
    const letOut = egress === undefined || egress.some(({ from, to }) => from <= port && port <= to);
    if (typeof target !== 'string' || !letOut) return { kind: 'fault', code: 'ETIMEDOUT' };
    const [hostname = '', realPort = ''] = target.split(':');
    return { kind: 'address', hostname, port: Number(realPort) };
  }
}

type ConnectTarget =
  | { kind: 'address'; hostname: string; port: number }
  | { kind: 'fault'; code: 'ENOTFOUND' | 'ETIMEDOUT' | 'ECONNREFUSED'; silent?: true };

/** A made-up private address for every name that resolves, so that a look-up followed by a connect works too. */
function assignAddresses(table: NetworkRules['table']): Map<string, string> {
  const names = Object.entries(table)
    .filter(([, target]) => target !== null)
    .map(([key]) => key.slice(0, key.lastIndexOf(':')));
  return new Map(
    [...new Set(names)].map((name, index) => [name, `10.0.${Math.floor(index / 200)}.${10 + (index % 200)}`]),
  );
}

interface ConnectOptions {
  host?: string;
  port?: number | string;
  path?: string | null;
}

/** `connect(options)`, `connect(port, host?)`, `connect(path)`, or the list Node has already made of one of these. */
function parseConnectArguments(args: unknown[]): { options: ConnectOptions; rest: unknown[] } {
  const [first, second] = args;
  if (Array.isArray(first)) return { options: first[0] as ConnectOptions, rest: first.slice(1).filter(isFunction) };
  const rest = args.slice(1).filter(isFunction);
  if (typeof first === 'object' && first !== null) return { options: first as ConnectOptions, rest };
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { options: { path: first }, rest };
  return {
    options: { port: first as number, ...(typeof second === 'string' && { host: second }) },
    rest,
  };
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

function createNetworkError(code: string, host: string, port: number): NodeJS.ErrnoException {
  const message = code === 'ENOTFOUND' ? `getaddrinfo ${code} ${host}` : `connect ${code} ${host}:${port}`;
  const syscall = code === 'ENOTFOUND' ? 'getaddrinfo' : 'connect';
  return Object.assign(new Error(message), { code, syscall, hostname: host });
}

function patchDns(resolve: (host: string) => string | undefined): void {
  const notFound = (host: string) => createNetworkError('ENOTFOUND', host, 0);
  const answer = (address: string, all: boolean) => (all ? [{ address, family: 4 }] : { address, family: 4 });
  const wantsAll = (options: unknown) => (options as { all?: boolean } | undefined)?.all === true;

  Object.assign(dns.promises, {
    lookup: async (host: string, options?: unknown) => {
      const address = resolve(host);
      if (address === undefined) throw notFound(host);
      return answer(address, wantsAll(options));
    },
    resolve4: async (host: string) => {
      const address = resolve(host);
      if (address === undefined) throw notFound(host);
      return [address];
    },
  });
  Object.assign(dns, {
    lookup: (host: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: Error | null, ...values: unknown[]) => void;
      const address = resolve(host);
      if (address === undefined) process.nextTick(done, notFound(host));
      else if (wantsAll(rest[0])) process.nextTick(done, null, answer(address, true));
      else process.nextTick(done, null, address, 4);
    },
    resolve4: (host: string, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: Error | null, addresses?: string[]) => void;
      const address = resolve(host);
      if (address === undefined) process.nextTick(done, notFound(host));
      else process.nextTick(done, null, [address]);
    },
  });
}
