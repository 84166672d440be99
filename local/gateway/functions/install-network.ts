/**
 * The network of a function: a table of host names and ports. The function's process loads this module before its handler. It
 * redirects every outgoing TCP connection by its host name and port to the loopback port that the table names. TLS still uses the
 * original name for SNI and for the certificate.
 *
 * - A name that is not in the table does not resolve (`ENOTFOUND`).
 * - A port that no security group allows, or that the table does not list, times out (`ETIMEDOUT`), but without waiting.
 * - A port that the table lists as `silent` times out after two minutes, as on Linux.
 * - This machine's loopback refuses connections (`ECONNREFUSED`), as in Lambda. Outside a VPC the table can list loopback ports, for
 *   services that run here.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import type { NetworkRules } from './protocol.ts';

/** Linux times out after six retransmissions of the first packet. */
const CONNECT_TIMEOUT_MS = 127_000;

/** Applies the rules to this process, permanently. Returns a function that replaces the table. */
export function installNetwork({ table: initialTable, egress }: NetworkRules): (table: NetworkRules['table']) => void {
  let table: NetworkRules['table'] = {};
  let addresses = new Map<string, string>();
  const setTable = (newTable: NetworkRules['table']) => {
    table = Object.fromEntries(Object.entries(newTable).map(([key, target]) => [key.toLowerCase(), target]));
    addresses = assignAddresses(table);
  };
  setTable(initialTable);
  const getName = (host: string) => [...addresses].find(([, address]) => address === host)?.[0] ?? host.toLowerCase();

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const { options, rest } = parseConnectArguments(args);
    // A pipe or Unix socket. An HTTP agent passes null.
    if (options.path) return Reflect.apply(connect, this, args);
    const host = options.host ?? 'localhost';
    const port = Number(options.port);
    const target = findTarget(getName(host), port);
    const { hostname, port: targetPort } =
      target.kind === 'address' ? target : { hostname: 'unreachable.invalid', port };
    const redirected = {
      ...options,
      host: hostname,
      port: targetPort,
      // A lookup function reports the error as Node's resolver would: asynchronously, on the socket.
      lookup:
        target.kind === 'address'
          ? undefined
          : (_host: string, _options: unknown, callback: (error: Error) => void) => {
              const fail = () => callback(createNetworkError(target.code, host, port));
              if (!target.silent) return process.nextTick(fail);
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
  return setTable;

  function findTarget(name: string, port: number): ConnectTarget {
    const isLoopback = name === 'localhost' || name === '::1' || name.startsWith('127.');
    if (isLoopback && (egress !== undefined || typeof table[`${name}:${port}`] !== 'string')) {
      return { kind: 'error', code: 'ECONNREFUSED' };
    }
    if (!net.isIP(name) && !addresses.has(name)) return { kind: 'error', code: 'ENOTFOUND' };
    const entry = table[`${name}:${port}`];
    if (entry === 'refused') return { kind: 'error', code: 'ECONNREFUSED' };
    if (entry === 'silent') return { kind: 'error', code: 'ETIMEDOUT', silent: true };
    const isAllowed = egress === undefined || egress.some(({ from, to }) => from <= port && port <= to);
    if (typeof entry !== 'string' || !isAllowed) return { kind: 'error', code: 'ETIMEDOUT' };
    const [hostname = '', targetPort = ''] = entry.split(':');
    return { kind: 'address', hostname, port: Number(targetPort) };
  }
}

type ConnectTarget =
  | { kind: 'address'; hostname: string; port: number }
  | { kind: 'error'; code: 'ENOTFOUND' | 'ETIMEDOUT' | 'ECONNREFUSED'; silent?: true };

/** Assigns a private address to every name that resolves, so that a lookup followed by a connection to the address works. */
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

/** `connect(options)`, `connect(port, host?)`, `connect(path)`, or the argument list into which Node has normalized one of these. */
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
  const formatResult = (address: string, all: boolean) => (all ? [{ address, family: 4 }] : { address, family: 4 });
  const wantsAll = (options: unknown) => (options as { all?: boolean } | undefined)?.all === true;

  Object.assign(dns.promises, {
    lookup: async (host: string, options?: unknown) => {
      const address = resolve(host);
      if (address === undefined) throw notFound(host);
      return formatResult(address, wantsAll(options));
    },
    resolve4: async (host: string) => {
      const address = resolve(host);
      if (address === undefined) throw notFound(host);
      return [address];
    },
  });
  Object.assign(dns, {
    lookup: (host: string, ...rest: unknown[]) => {
      const callback = rest.at(-1) as (error: Error | null, ...values: unknown[]) => void;
      const address = resolve(host);
      if (address === undefined) process.nextTick(callback, notFound(host));
      else if (wantsAll(rest[0])) process.nextTick(callback, null, formatResult(address, true));
      else process.nextTick(callback, null, address, 4);
    },
    resolve4: (host: string, ...rest: unknown[]) => {
      const callback = rest.at(-1) as (error: Error | null, addresses?: string[]) => void;
      const address = resolve(host);
      if (address === undefined) process.nextTick(callback, notFound(host));
      else process.nextTick(callback, null, [address]);
    },
  });
}
