import type { ClientRequest, IncomingMessage } from 'node:http';
import { type AgentOptions, request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionStep, getFailedStep, trackConnectionSteps } from './connection-step.ts';
import { createKeepAliveAgent, type KeepAliveAgent } from './keep-alive-agent.ts';
import { NoResponseError, type PostFailure } from './no-response-error.ts';

/** One request to a web server. */
export interface WebServerRequest {
  readonly hostname: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Without `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: no body. */
  readonly body: string | undefined;
}

/** A complete response. */
export interface WebServerResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Bytes if it is large. */
  readonly body: string | Uint8Array;
}

export interface ExchangeLimits {
  /** For name resolution, connecting and TLS together. */
  readonly connectTimeoutMs: number;
  /** Largest response that is read, in bytes. */
  readonly maxResponseBytes: number;
}

/**
 * Sends one request to a web server, and reads its response completely. Follows no redirect and repeats nothing.
 *
 * @param endsAt when the exchange times out: milliseconds of `performance.now()`
 * @throws NoResponseError
 */
export type Exchange = (request: WebServerRequest, signal: AbortSignal, endsAt: number) => Promise<WebServerResponse>;

/**
 * Sends requests over kept-alive HTTPS connections.
 *
 * @param now milliseconds of the wall clock
 * @param network options of the HTTPS agent, for tests
 */
export function createExchange(limits: ExchangeLimits, now: () => number, network: AgentOptions): Exchange {
  const connections = createKeepAliveAgent(now, network);
  return async (request, signal, endsAt) => {
    await connections.closeStaleConnections();
    return sendOnConnection({ connections, limits, request, signal, endsAt });
  };
}

/** A list, which Node.js writes as it is: an object of headers takes twice as long. */
function formatHeaders(hostname: string, headers: WebServerRequest['headers'], body: string | undefined): string[] {
  const list = ['host', isIP(hostname) === 6 ? `[${hostname}]` : hostname];
  for (const name in headers) list.push(name, headers[name]!);
  if (body !== undefined) list.push('content-length', String(Buffer.byteLength(body)));
  return list;
}

interface ExchangeInput {
  readonly connections: KeepAliveAgent;
  readonly limits: ExchangeLimits;
  readonly request: WebServerRequest;
  readonly signal: AbortSignal;
  readonly endsAt: number;
}

function sendOnConnection({
  connections,
  limits,
  request: { hostname, method, path, headers, body },
  signal,
  endsAt,
}: ExchangeInput): Promise<WebServerResponse> {
  return new Promise((resolve, reject) => {
    let step: ConnectionStep = isIP(hostname) ? 'connect' : 'name resolution';
    let sent = false;
    let responding = false;
    if (signal.aborted) {
      const [reason, failure] = describeTimeout(step, sent);
      throw new NoResponseError(reason, sent, { failure, cause: signal.reason });
    }
    const outgoing = requestHttps({
      agent: connections.agent,
      hostname,
      path,
      method,
      headers: formatHeaders(hostname, headers, body),
    });
    const giveUp = (reason: string, failure: PostFailure, cause?: Error) => {
      reject(new NoResponseError(reason, sent, { failure, reused: outgoing.reusedSocket, cause }));
      outgoing.destroy();
    };
    const fail = (cause: NodeJS.ErrnoException & { rawPacket?: unknown }) => {
      // The bytes of a response that cannot be parsed. They may contain a cookie.
      delete cause.rawPacket;
      giveUp(cause.code ?? cause.message, sent ? step : getFailedStep(cause, step), cause);
    };
    outgoing.on('error', fail);
    // The option `signal` of Node.js, and a signal of both, would take several times as long.
    const abort = () => giveUp(...describeTimeout(step, sent), signal.reason);
    signal.addEventListener('abort', abort);
    const timeout = setTimeout(abort, endsAt - performance.now());
    const rejectUpgrade = () => giveUp('it switches protocols (HTTP 101)', 'exchange');
    outgoing.on('upgrade', rejectUpgrade);
    outgoing.on('close', () => {
      signal.removeEventListener('abort', abort);
      clearTimeout(timeout);
      // Without a response and without an error.
      if (!responding) giveUp('the connection was closed', step);
    });
    outgoing.on('socket', (socket) => {
      const rejectEarlyData = () => giveUp('the web server sent data before the request', step);
      const write = () => {
        socket.removeListener('data', rejectEarlyData);
        // Node.js sends the headers together with the body, so the first byte is sent here.
        step = 'exchange';
        sent = true;
        outgoing.end(body);
      };
      outgoing.on('response', (response) => {
        responding = true;
        // Without the header Upgrade, Node.js takes a 101 for a response.
        if (response.statusCode === 101) {
          rejectUpgrade();
          return;
        }
        response.on('error', fail);
        waitUntilWritten(outgoing, (written) => {
          if (!written && !isRefusal(response)) {
            giveUp('the response began before the request was sent completely', 'exchange');
            return;
          }
          readResponse(response, limits.maxResponseBytes, giveUp, (complete) => {
            if (!written) outgoing.destroy();
            connections.markIdle(socket, response);
            resolve(complete);
          });
        });
      });
      if (outgoing.reusedSocket) {
        write();
        return;
      }
      socket.prependListener('data', rejectEarlyData);
      const timer = setTimeout(
        () => giveUp(`timed out after ${limits.connectTimeoutMs / 1000} seconds`, step),
        limits.connectTimeoutMs,
      );
      outgoing.once('close', () => clearTimeout(timer));
      trackConnectionSteps(socket, (next) => {
        step = next;
      });
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        // Data that arrived together with the end of the handshake is emitted first.
        setImmediate(() => {
          if (!outgoing.destroyed) write();
        });
      });
    });
  });
}

/** Node.js often reports a response before the end of the request that it answers, if both events arrive together. */
const WRITE_REPORT_MS = 200;

/** Finds out whether the request has been written completely, when its response begins. */
function waitUntilWritten(outgoing: ClientRequest, then: (written: boolean) => void): void {
  if (outgoing.writableFinished) {
    then(true);
    return;
  }
  const finish = () => {
    clearTimeout(timer);
    then(true);
  };
  const timer = setTimeout(() => {
    outgoing.removeListener('finish', finish);
    then(false);
  }, WRITE_REPORT_MS);
  outgoing.once('finish', finish);
}

/** A server may refuse a request before it has read all of it. Nothing then ran. */
const isRefusal = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 400;

const describeTimeout = (step: ConnectionStep, sent: boolean): [reason: string, failure: PostFailure] =>
  sent ? ['no complete response arrived in time', 'timeout'] : ['the request timed out', step];

/** A smaller body is passed on as text. */
const MIN_BYTES_BODY = 64 * 1024;

function readResponse(
  response: IncomingMessage,
  maxBytes: number,
  giveUp: (reason: string, failure: PostFailure) => void,
  done: (response: WebServerResponse) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) giveUp(`the response (HTTP ${response.statusCode}) is larger than ${maxBytes} bytes`, 'size');
    else chunks.push(chunk);
  });
  response.on('end', () => {
    const { statusCode = 0, headers } = response;
    const body = Buffer.concat(chunks, size);
    done({ status: statusCode, headers, body: size < MIN_BYTES_BODY ? body.toString('utf8') : body });
  });
}
