import type { Socket } from 'node:net';
import { type HttpResponse, HttpResponseReader } from './http-response.ts';
import {
  ConnectionError,
  type HttpRequestInit,
  type ReceivedResponse,
  sendHttpRequest,
} from './library/send-http-request.ts';

const KEEP_ALIVE_MS = 1000;

/** A character that no header may have: Node.js rejects the same ones. */
const INVALID_HEADER_CHARACTER = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Sends one request on a connection of its own. `sendHttpRequest` does the same with the HTTP client of Node.js, which takes as long to
 * create one request as everything else that a short program does. It is used where something may have changed it: a network proxy, or
 * an option or a module that Node.js was started with.
 *
 * @throws like `sendHttpRequest`
 */
export function sendOneRequest(address: URL, init: HttpRequestInit): Promise<ReceivedResponse> {
  const { NODE_OPTIONS, NODE_USE_ENV_PROXY } = process.env;
  const isChanged = NODE_OPTIONS || NODE_USE_ENV_PROXY || process.execArgv.length > 0;
  return isChanged ? sendHttpRequest(address, init) : sendOnSocket(address, init);
}

/** Exported for tests. */
export async function sendOnSocket(
  address: URL,
  { body, headers, signal }: HttpRequestInit,
): Promise<ReceivedResponse> {
  signal?.throwIfAborted();
  const request = formatRequest(address, body, headers);
  const isPlain = address.protocol === 'http:';
  const socket = connect(address, isPlain);
  const abort = () => socket.destroy();
  signal?.addEventListener('abort', abort);
  let isConnected = false;
  try {
    return await new Promise<ReceivedResponse>((resolve, reject) => {
      socket.once(isPlain ? 'connect' : 'secureConnect', () => {
        isConnected = true;
      });
      socket.on('error', reject);
      socket.on('close', () => reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })));
      receiveResponse(socket, resolve, reject);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.write(request);
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw new ConnectionError(`${address.origin} did not respond`, isConnected, body === undefined, { cause });
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

function connect({ hostname, port }: URL, isPlain: boolean): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isPlain) return process.getBuiltinModule('node:net').connect({ host, port: Number(port || 80) });
  const isIp = process.getBuiltinModule('node:net').isIP(host) !== 0;
  return process.getBuiltinModule('node:tls').connect({
    host,
    port: Number(port || 443),
    ALPNProtocols: ['http/1.1'],
    ...(isIp ? {} : { servername: host }),
  });
}

/** @throws TypeError if a header has a character that would end it */
function formatRequest({ host, pathname, search }: URL, body: string | undefined, headers: HttpRequestInit['headers']) {
  const content = Buffer.from(body ?? '');
  const all = {
    host,
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(content.length) }),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!INVALID_HEADER_CHARACTER.test(value)) return `${name}: ${value}\r\n`;
    throw new TypeError(`Invalid character in header content ["${name}"]`);
  });
  const head = `${body === undefined ? 'GET' : 'POST'} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), content]);
}

function receiveResponse(
  socket: Socket,
  resolve: (response: ReceivedResponse) => void,
  reject: (error: unknown) => void,
): void {
  const reader = new HttpResponseReader();
  const read = (next: () => HttpResponse | undefined) => {
    try {
      const response = next();
      if (response !== undefined) resolve(toReceivedResponse(response));
    } catch (error) {
      reject(error);
    }
  };
  socket.on('data', (bytes: Buffer) => read(() => reader.add(bytes)));
  socket.on('end', () => read(() => reader.end()));
}

function toReceivedResponse({ status, headers, body }: HttpResponse): ReceivedResponse {
  const text = body.toString('utf8');
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    text: async () => text,
    json: async () => JSON.parse(text),
  };
}
