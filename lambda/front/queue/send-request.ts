import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { type ConnectionStep, getFailedStep, trackConnectionSteps } from '../../../mwaa/connection/connection-step.ts';
import type { KeepAliveAgent } from '../../../mwaa/connection/keep-alive-agent.ts';
import { NoResponseError, type PostFailure } from '../../../mwaa/connection/no-response-error.ts';
import type { SignedRequest } from '../../aws/sign-request.ts';

export interface ReceivedResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** How long the connection may take: name resolution, TCP and TLS together. */
export const CONNECT_TIMEOUT_MS = 3_000;
/** Keeps network address translators from forgetting a connection that waits for a long command. */
const KEEP_ALIVE_PROBE_MS = 30_000;

/**
 * Sends one request and reads the complete response. The only time limit after connecting is the signal.
 *
 * The SDK's own handler is not used, because its errors do not tell whether the request was sent. It hands the request to a socket
 * that is still connecting, and its connection timeout ends with TCP, before TLS. Here the request is written only to an established
 * connection, so an earlier error means that nothing was sent. Connections that the server may have closed are not reused.
 *
 * @throws NoResponseError
 */
export async function sendRequest(
  connections: KeepAliveAgent,
  request: SignedRequest,
  signal: AbortSignal,
): Promise<ReceivedResponse> {
  await connections.closeStaleConnections();
  return sendOnConnection(connections, request, signal);
}

function sendOnConnection(
  connections: KeepAliveAgent,
  { protocol, hostname, port, path, method, headers, body }: SignedRequest,
  signal: AbortSignal,
): Promise<ReceivedResponse> {
  return new Promise((resolve, reject) => {
    const isSecure = protocol === 'https:';
    let step: ConnectionStep = isIP(hostname) ? 'connect' : 'name resolution';
    let sent = false;
    if (signal.aborted) {
      throw new NoResponseError('timed out', sent, { failure: step, cause: signal.reason });
    }
    // A list, which Node.js writes as it is: an object of headers takes twice as long.
    const target = {
      hostname,
      path,
      method,
      headers: Object.entries(headers).flat(),
      ...(port !== undefined && { port }),
    };
    const outgoing = isSecure
      ? requestHttps({ ...target, agent: connections.agent })
      : requestHttp({ ...target, agent: false });
    const giveUp = (reason: string, failure: PostFailure, cause?: Error) => {
      reject(new NoResponseError(reason, sent, { failure, reused: outgoing.reusedSocket, cause }));
      outgoing.destroy();
    };
    const fail = (cause: NodeJS.ErrnoException) =>
      giveUp(cause.code ?? cause.message, sent ? step : getFailedStep(cause, step), cause);
    // The option `signal` of Node.js would take several times as long.
    const abort = () => giveUp('timed out', sent ? 'timeout' : step, signal.reason);
    signal.addEventListener('abort', abort);
    const write = () => {
      // Node.js sends the headers together with the body, so the first byte is sent here.
      step = 'exchange';
      sent = true;
      outgoing.end(body);
    };
    outgoing.on('error', fail);
    outgoing.on('close', () => signal.removeEventListener('abort', abort));
    // Node.js closes the connection after a 101, and emits no error.
    outgoing.on('upgrade', (_response, socket) => {
      giveUp('it switches protocols (HTTP 101)', 'exchange');
      socket.destroy();
    });
    outgoing.on('socket', (socket) => {
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () => {
          connections.markIdle(socket, response);
          const responseHeaders = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
          resolve({
            statusCode: response.statusCode ?? 0,
            headers: Object.fromEntries(responseHeaders),
            body: new Uint8Array(Buffer.concat(chunks)),
          });
        });
      });
      if (outgoing.reusedSocket) {
        write();
        return;
      }
      const timer = setTimeout(
        () => giveUp(`timed out after ${CONNECT_TIMEOUT_MS / 1000} seconds`, step),
        CONNECT_TIMEOUT_MS,
      );
      outgoing.once('close', () => clearTimeout(timer));
      trackConnectionSteps(socket, (next) => {
        step = next;
      });
      socket.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        write();
      });
    });
  });
}
