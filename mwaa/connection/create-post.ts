import type { IncomingMessage } from 'node:http';
import { type AgentOptions, request } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { CliToken } from '../token/create-token-cache.ts';
import { type ConnectionStep, connectionStepFromError } from './connection-step.ts';
import { createKeepAliveAgent, type KeepAliveAgent } from './keep-alive-agent.ts';
import { withTimeout } from './with-timeout.ts';

/** The web server's answer to one command. */
export interface CliResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * Posts one command line to the web server. The seam: the real web server, the stand-in and a test's object implement it.
 *
 * @throws NoResponseError
 */
export type Post = (token: CliToken, line: string, signal: AbortSignal) => Promise<CliResponse>;

/**
 * Why there is no answer: the step of the connection that failed; its time ran out; the web server redirects where nothing
 * is sent to, or for ever; or the answer is larger than is read.
 */
export type PostFailure = ConnectionStep | 'timeout' | 'redirect' | 'size';

interface NoResponseOptions extends ErrorOptions {
  /** Left out: the connection was lost. */
  readonly failure?: PostFailure;
  /** The connection had served before. */
  readonly reused?: boolean;
}

/** The command got no answer. */
export class NoResponseError extends Error {
  override readonly name = 'NoResponseError';
  readonly failure: PostFailure;
  /** False only where it is certain that no byte of the command left, or that the web server did not take it. */
  readonly sent: boolean;
  readonly reused: boolean;
  /** In words, to stand after a colon. */
  readonly reason: string;

  constructor(reason: string, sent: boolean, { failure = 'exchange', reused = false, cause }: NoResponseOptions = {}) {
    super(reason, { cause });
    this.reason = reason;
    this.failure = failure;
    this.sent = sent;
    this.reused = reused;
  }
}

export interface PostLimits {
  /** Name resolution, connecting and TLS together. */
  readonly connectTimeoutMs: number;
  /** One post, to the last byte of its answer, redirect included. */
  readonly postTimeoutMs: number;
  /** Largest answer that is read, in bytes. */
  readonly maxResponseBytes: number;
}

/**
 * Posts over kept-alive HTTPS. Airflow 3 answers the path without a slash with a 307 to the one with it, so it is asked
 * there outright; one redirect within the same origin is followed, keeping method, body and token. Where it leads is not
 * remembered: an environment whose release is not the configured one is soon to be put right, in whichever direction.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @param airflow release, as in `3.0.6`
 * @param now milliseconds of the wall clock
 */
export function createPost(airflow: string, limits: PostLimits, now: () => number, network: AgentOptions = {}): Post {
  const connections = createKeepAliveAgent(now, network);
  const path = airflow.startsWith('1.') || airflow.startsWith('2.') ? '/aws_mwaa/cli' : '/aws_mwaa/cli/';
  return (token, line, outer) =>
    withTimeout(limits.postTimeoutMs, outer, async (signal) => {
      const post = { connections, limits, token, body: Buffer.from(line, 'utf8'), signal };
      const first = await sendPost(post, path);
      const target = getRedirectPath(first, token.hostname);
      if (target === undefined) return first;
      const second = await sendPost(post, target);
      if (getRedirectPath(second, token.hostname) !== undefined) {
        throw new NoResponseError('it redirects a second time', false, { failure: 'redirect' });
      }
      return second;
    });
}

type RedirectableResponse = CliResponse & { readonly location: string | undefined };

/**
 * The path that a redirect leads to, or undefined where the answer is none. Only 307 and 308 are: they say that the request
 * was not carried out here and is to be sent there as it is. After any other it may have been.
 *
 * @throws NoResponseError where it leads off the web server: the token goes nowhere else
 */
function getRedirectPath({ status, location }: RedirectableResponse, hostname: string): string | undefined {
  if (status !== 307 && status !== 308) return undefined;
  const here = `https://${hostname}`;
  const target = location !== undefined && URL.canParse(location, here) ? new URL(location, here) : undefined;
  if (target?.origin === here) return `${target.pathname}${target.search}`;
  throw new NoResponseError(`it redirects to ${target?.origin ?? 'no readable address'}`, false, {
    failure: 'redirect',
  });
}

interface PostRequest {
  readonly connections: KeepAliveAgent;
  readonly limits: PostLimits;
  readonly token: CliToken;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

async function sendPost(post: PostRequest, path: string): Promise<RedirectableResponse> {
  await post.connections.closeStaleConnections();
  return sendOnConnection(post, path);
}

function sendOnConnection(
  { connections, limits, token, body, signal }: PostRequest,
  path: string,
): Promise<RedirectableResponse> {
  return new Promise((resolve, reject) => {
    let step: ConnectionStep = isIP(token.hostname) ? 'connect' : 'name resolution';
    let sent = false;
    const outgoing = request({
      agent: connections.agent,
      hostname: token.hostname,
      path,
      method: 'POST',
      signal,
      headers: {
        authorization: `Bearer ${token.token}`,
        'content-type': 'text/plain',
        'content-length': body.length,
      },
    });
    const giveUp = (reason: string, fault: PostFailure, cause?: Error) => {
      reject(new NoResponseError(reason, sent, { failure: fault, reused: outgoing.reusedSocket, cause }));
      outgoing.destroy();
    };
    const fail = (cause: NodeJS.ErrnoException) => {
      if (signal.aborted) giveUp(...describeTimeout(step, sent), cause);
      else giveUp(cause.code ?? cause.message, sent ? step : getFailedStep(cause, step), cause);
    };
    const write = () => {
      // The first byte leaves here: `request` holds back the headers until then.
      step = 'exchange';
      sent = true;
      outgoing.end(body);
    };
    outgoing.on('error', fail);
    outgoing.on('socket', (socket) => {
      outgoing.on('response', (response) => {
        readResponse(response, limits.maxResponseBytes, fail, giveUp, (answer) => {
          connections.markIdle(socket, response);
          resolve(answer);
        });
      });
      if (outgoing.reusedSocket) {
        write();
        return;
      }
      const timer = setTimeout(
        () => giveUp(`${limits.connectTimeoutMs / 1000} seconds were too short`, step),
        limits.connectTimeoutMs,
      );
      outgoing.once('close', () => clearTimeout(timer));
      trackConnectionSteps(socket, (next) => {
        step = next;
      });
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        write();
      });
    });
  });
}

/** By the error where it tells, else the one that was under way. */
function getFailedStep(cause: Error, underWay: ConnectionStep): ConnectionStep {
  const told = connectionStepFromError(cause);
  return told === 'exchange' ? underWay : told;
}

/** Tells each step of a new connection as it begins. */
function trackConnectionSteps(socket: Socket, tell: (step: ConnectionStep) => void): void {
  socket.once('lookup', (error) => {
    if (!error) tell('connect');
  });
  socket.once('connect', () => tell('TLS'));
}

const describeTimeout = (step: ConnectionStep, sent: boolean): [reason: string, fault: PostFailure] =>
  sent ? ['there was no whole answer in time', 'timeout'] : ['the time of the request was over', step];

function readResponse(
  response: IncomingMessage,
  maxBytes: number,
  fail: (cause: Error) => void,
  giveUp: (reason: string, fault: PostFailure) => void,
  done: (answer: RedirectableResponse) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) giveUp(`its answer, a ${response.statusCode}, is larger than ${maxBytes} bytes`, 'size');
    else chunks.push(chunk);
  });
  response.on('error', fail);
  response.on('end', () => {
    const { statusCode = 0, headers } = response;
    done({ status: statusCode, body: Buffer.concat(chunks).toString('utf8'), location: headers.location });
  });
}
