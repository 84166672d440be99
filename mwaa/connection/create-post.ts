import type { ClientRequest, IncomingMessage } from 'node:http';
import { type AgentOptions, request } from 'node:https';
import { isIP } from 'node:net';
import type { CliToken } from '../cli-token.ts';
import { type ConnectionStep, getFailedStep, trackConnectionSteps } from './connection-step.ts';
import { createKeepAliveAgent, type KeepAliveAgent } from './keep-alive-agent.ts';
import { NoResponseError, type PostFailure } from './no-response-error.ts';
import type { CliResponse, Post, PostLimits } from './post.ts';

/**
 * Posts over kept-alive HTTPS connections. Airflow 3 redirects the path without a trailing slash (307), so its commands are posted
 * to the path with the slash. One redirect within the same origin is followed, with the same method, body and token. Its target is
 * not cached: a redirect means that the environment runs another release than configured, and the configuration should be corrected.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @param airflow release, as in `3.0.6`
 * @param now milliseconds of the wall clock
 * @param network options of the HTTPS agent, for tests
 */
export function createPost(airflow: string, limits: PostLimits, now: () => number, network: AgentOptions = {}): Post {
  const connections = createKeepAliveAgent(now, network);
  const path = airflow.startsWith('1.') || airflow.startsWith('2.') ? '/aws_mwaa/cli' : '/aws_mwaa/cli/';
  return async (token, commandLine, signal) => {
    const endsAt = performance.now() + limits.postTimeoutMs;
    const post = { connections, limits, token, body: commandLine, signal, endsAt };
    const first = await sendPost(post, path);
    const redirectPath = getRedirectPath(first, token.hostname);
    if (redirectPath === undefined) return first;
    const second = await sendPost(post, redirectPath);
    if (getRedirectPath(second, token.hostname) !== undefined) {
      throw new NoResponseError('it redirects a second time', false, { failure: 'redirect' });
    }
    return second;
  };
}

type RedirectableResponse = CliResponse & { readonly location: string | undefined };

/**
 * The path of a redirect within the web server, or undefined if the response is not a redirect. Only 307 and 308 count: they mean
 * that the request was not processed and must be repeated unchanged. After any other status it may have been processed.
 *
 * @throws NoResponseError for a redirect to another origin: the token is sent to no other host
 */
function getRedirectPath({ status, location }: RedirectableResponse, hostname: string): string | undefined {
  if (status !== 307 && status !== 308) return undefined;
  const origin = `https://${hostname}`;
  const target = location !== undefined && URL.canParse(location, origin) ? new URL(location, origin) : undefined;
  if (target?.origin === origin) return `${target.pathname}${target.search}`;
  throw new NoResponseError(`it redirects to ${target?.origin ?? 'an invalid address'}`, false, {
    failure: 'redirect',
  });
}

interface PostRequest {
  readonly connections: KeepAliveAgent;
  readonly limits: PostLimits;
  readonly token: CliToken;
  readonly body: string;
  readonly signal: AbortSignal;
  /** When the post times out, redirects included: milliseconds of `performance.now()`. */
  readonly endsAt: number;
}

async function sendPost(post: PostRequest, path: string): Promise<RedirectableResponse> {
  await post.connections.closeStaleConnections();
  return sendOnConnection(post, path);
}

function sendOnConnection(
  { connections, limits, token, body, signal, endsAt }: PostRequest,
  path: string,
): Promise<RedirectableResponse> {
  return new Promise((resolve, reject) => {
    let step: ConnectionStep = isIP(token.hostname) ? 'connect' : 'name resolution';
    let sent = false;
    let responding = false;
    if (signal.aborted) {
      const [reason, failure] = describeTimeout(step, sent);
      throw new NoResponseError(reason, sent, { failure, cause: signal.reason });
    }
    const outgoing = request({
      agent: connections.agent,
      hostname: token.hostname,
      path,
      method: 'POST',
      headers: formatHeaders(token, body),
    });
    const giveUp = (reason: string, failure: PostFailure, cause?: Error) => {
      reject(new NoResponseError(reason, sent, { failure, reused: outgoing.reusedSocket, cause }));
      outgoing.destroy();
    };
    const fail = (cause: NodeJS.ErrnoException) =>
      giveUp(cause.code ?? cause.message, sent ? step : getFailedStep(cause, step), cause);
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
            giveUp('the response began before the command was sent completely', 'exchange');
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

/** A list, which Node.js writes as it is: an object of headers takes twice as long. */
const formatHeaders = ({ hostname, token }: CliToken, body: string): string[] => [
  'host',
  isIP(hostname) === 6 ? `[${hostname}]` : hostname,
  'authorization',
  `Bearer ${token}`,
  'content-type',
  'text/plain',
  'content-length',
  String(Buffer.byteLength(body)),
];

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

/** A server may refuse a request before it has read all of it. The command then never ran. */
const isRefusal = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 400;

const describeTimeout = (step: ConnectionStep, sent: boolean): [reason: string, failure: PostFailure] =>
  sent ? ['no complete response arrived in time', 'timeout'] : ['the request timed out', step];

/** A smaller body is passed on as text. */
const MIN_BYTES_BODY = 64 * 1024;

function readResponse(
  response: IncomingMessage,
  maxBytes: number,
  giveUp: (reason: string, failure: PostFailure) => void,
  done: (response: RedirectableResponse) => void,
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
    done({
      status: statusCode,
      body: size < MIN_BYTES_BODY ? body.toString('utf8') : body,
      location: headers.location,
    });
  });
}
