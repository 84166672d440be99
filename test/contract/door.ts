/** A server in front of the API that loses, damages or replaces answers, one for each row of the contract. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem, toProblemDetails } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';
import { createLimit } from './limit.ts';

/** What happens to one request. */
export type DoorStep =
  /** It reaches the API, and the answer reaches the client. */
  | 'forward'
  /** The connection ends after the request is read, and before the API gets it. */
  | 'lose request'
  /** The API answers, and the connection ends without an answer. */
  | 'lose answer'
  /** The API answers, and the connection ends in the middle of the answer. */
  | 'cut answer'
  /** The API does not get it, and there is no answer. */
  | 'hang'
  /** The API does not get it, and the answer never ends. */
  | 'drip'
  /** It reaches the API. What is not the answer precedes it. */
  | 'hint'
  /** A problem of the API, which does not get the request. */
  | { readonly problem: ProblemCode; readonly retryAfter?: number; readonly data?: Record<string, unknown> }
  /** Any answer. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body: string | Buffer }
  /** An answer without a length, in chunks. */
  | { readonly parts: readonly string[] }
  /** The request is forwarded, and the answer replaced. */
  | {
      readonly forwarded: { readonly status: number; readonly headers?: Record<string, string>; readonly body: string };
    };

/** A request that the door got. */
export interface DoorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Door {
  readonly port: number;
  readonly requests: readonly DoorRequest[];
  close(): Promise<void>;
}

/**
 * @param target the address of the API, without its path
 * @param steps one for each request. The last one stays: an empty list forwards everything
 */
export async function openDoor(
  target: URL,
  steps: readonly DoorStep[],
  certificate?: ServerCertificate,
): Promise<Door> {
  const requests: DoorRequest[] = [];
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    requests.push({
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: body.toString('utf8'),
    });
    await takeStep(steps[requests.length - 1] ?? 'forward', target, incoming, body, response);
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse) =>
    void handle(incoming, response).catch(() => incoming.socket.destroy());
  const server = certificate === undefined ? createServer(listener) : createHttpsServer(certificate, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function takeStep(
  step: DoorStep,
  target: URL,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  if (step === 'lose request') return reset(incoming.socket);
  if (step === 'hang') return;
  if (step === 'drip') {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 50);
    return void response.on('close', () => clearInterval(timer));
  }
  if (step === 'hint') {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</style.css>; rel=preload' });
    await delay(20);
  }
  if (typeof step === 'object' && 'problem' in step) {
    const details = toProblemDetails(new Problem(step.problem, `Played: ${step.problem}.`, step.data ?? {}), 'played');
    const retryAfter = step.retryAfter === undefined ? {} : { 'retry-after': String(step.retryAfter) };
    return send(
      response,
      details.status,
      { 'content-type': 'application/problem+json', ...retryAfter },
      JSON.stringify(details),
    );
  }
  if (typeof step === 'object' && 'status' in step) return send(response, step.status, step.headers, step.body);
  if (typeof step === 'object' && 'parts' in step) {
    response.writeHead(200);
    for (const part of step.parts) response.write(part);
    return void response.end();
  }
  const answer = await forward(target, incoming, body);
  if (step === 'lose answer') return reset(incoming.socket);
  if (typeof step === 'object')
    return send(response, step.forwarded.status, step.forwarded.headers, step.forwarded.body);
  if (step === 'cut answer') {
    response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
    response.write(answer.body.subarray(0, answer.body.length / 2));
    // Otherwise the reset could overtake what is written.
    await delay(20);
    return reset(incoming.socket);
  }
  return send(response, answer.status, answer.headers, answer.body);
}

const reset = (socket: Socket): void => void socket.resetAndDestroy();

function send(response: ServerResponse, status: number, headers: object = {}, body: string | Buffer = ''): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

interface ApiAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** More would start more processes of functions, and take longer. */
const FORWARDED_AT_ONCE = 3;
const limitForwarded = createLimit(FORWARDED_AT_ONCE);

const forward = (target: URL, incoming: IncomingMessage, body: Buffer): Promise<ApiAnswer> =>
  limitForwarded(() => forwardNow(target, incoming, body));

/** The signature contains the host that the client has sent. */
async function forwardNow(target: URL, { method, url, headers }: IncomingMessage, body: Buffer): Promise<ApiAnswer> {
  const outgoing = request({ host: target.hostname, port: target.port, path: url, method, headers, agent: false });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { 'transfer-encoding': _, 'content-length': __, connection: ___, ...kept } = answer.headers;
  return {
    status: answer.statusCode ?? 0,
    headers: Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)])),
    body: await buffer(answer),
  };
}
