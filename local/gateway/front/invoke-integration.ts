/**
 * Carries a request to its function and the answer back. A stream is handed on as it comes, once its metadata is
 * complete; a buffered answer whole. When the gateway gives up, or the client leaves, the function goes on to its own
 * end (documented: "Stream the integration response").
 *
 * Documented: the integration timeout, idle limits of streams (5 minutes, 30 seconds at an edge), Lambda's 6 MB for a
 * buffered answer. Assumed: the idle limit also holds before the first byte; a stream that fails halfway breaks the connection;
 * metadata that cannot be read is answered when the function has ended.
 */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import {
  type InvokeResult,
  type LocalFunctions,
  MAX_PAYLOAD_BYTES,
  REJECTION_STATUS,
} from '../functions/start-functions.ts';
import { gatewayErrors } from '../gateway-errors.ts';
import type { GatewayModel, Method } from '../template/gateway-model.ts';
import { type GatewayRequest, getHeader } from './gateway-request.ts';
import {
  MalformedProxyResponse,
  parseProxyResponse,
  parseStreamMetadata,
  type ResponseHead,
} from './proxy-response.ts';

const STREAM_IDLE_MS = { REGIONAL: 300_000, PRIVATE: 300_000, EDGE: 30_000 };

/**
 * Answers the request from the function, all but the last bytes, which are returned.
 * Throws a `GatewayError` as long as nothing has been sent; afterwards a failure breaks the connection.
 */
export async function invokeIntegration(
  exchange: GatewayRequest,
  method: Method,
  event: string,
  model: GatewayModel,
  functions: LocalFunctions,
  response: ServerResponse,
): Promise<Buffer> {
  const { streaming, timeoutMs, function: target } = method.integration;
  const begun = performance.now();
  const clock = createIntegrationTimer(timeoutMs, streaming ? STREAM_IDLE_MS[model.api.endpointType] : timeoutMs);
  const answer = streaming ? createStreamingSink(exchange, response) : createBufferedSink(exchange, model, response);
  const outcome = functions.invoke(target, { event, traceId: exchange.traceId }, (chunk) => {
    clock.touch();
    if (!clock.over()) answer.write(chunk);
  });
  try {
    const ended = await Promise.race([outcome, clock.expired]);
    if (ended === 'expired') throw gatewayErrors.integrationTimeout();
    exchange.integrationStatus = ended.kind === 'rejected' ? REJECTION_STATUS[ended.error] : 200;
    checkInvokeResult(ended);
    return answer.finish();
  } catch (fault) {
    if (!response.headersSent) throw fault instanceof MalformedProxyResponse ? gatewayErrors.functionFailed() : fault;
    response.destroy();
    return Buffer.alloc(0);
  } finally {
    clock.stop();
    exchange.integrationLatency = Math.round(performance.now() - begun);
  }
}

function checkInvokeResult(outcome: InvokeResult): void {
  if (outcome.kind === 'rejected') {
    throw outcome.error === 'RequestTooLargeException'
      ? gatewayErrors.tooLargeForLambda()
      : gatewayErrors.rejectedByLambda();
  }
  if (outcome.kind === 'function-error') throw gatewayErrors.functionFailed();
}

/** Where a function's bytes go. */
interface ResponseSink {
  write(chunk: Buffer): void;
  /** Gives what is left to send. Throws `MalformedProxyResponse`. */
  finish(): Buffer;
}

function createStreamingSink(exchange: GatewayRequest, response: ServerResponse): ResponseSink {
  let front: Buffer | undefined = Buffer.alloc(0);
  let fault: unknown;
  const forward = (bytes: Buffer) => {
    exchange.responseLength += bytes.length;
    response.write(bytes);
  };
  return {
    write(chunk) {
      if (fault !== undefined) return;
      if (front === undefined) {
        forward(chunk);
        return;
      }
      front = Buffer.concat([front, chunk]);
      try {
        const read = parseStreamMetadata(front);
        if (read === undefined) return;
        front = undefined;
        applyHead(response, read.head);
        response.flushHeaders();
        if (read.rest.length > 0) forward(read.rest);
      } catch (error) {
        fault = error;
      }
    },
    finish() {
      if (fault !== undefined) throw fault;
      if (front !== undefined) throw new MalformedProxyResponse('the stream ended before its metadata');
      return Buffer.alloc(0);
    },
  };
}

function createBufferedSink(exchange: GatewayRequest, model: GatewayModel, response: ServerResponse): ResponseSink {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => void chunks.push(chunk),
    finish() {
      const payload = Buffer.concat(chunks);
      if (payload.length > MAX_PAYLOAD_BYTES) throw new MalformedProxyResponse('Function.ResponseSizeTooLarge');
      const { head, body } = parseProxyResponse(
        payload.toString('utf8'),
        getHeader(exchange, 'accept'),
        model.api.binaryMediaTypes,
      );
      applyHead(response, head);
      return body;
    },
  };
}

function applyHead(response: ServerResponse, { status, headers }: ResponseHead): void {
  try {
    for (const [name, value] of headers) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    throw new MalformedProxyResponse('a header cannot be sent', { cause: error });
  }
  response.statusCode = status;
  for (const [name, value] of headers) response.appendHeader(name, value);
}

/** Two limits on one wait: the whole time, and the time since the last sign of life. */
function createIntegrationTimer(totalMs: number, idleMs: number) {
  const { promise: expired, resolve } = Promise.withResolvers<'expired'>();
  let isOver = false;
  const expire = () => {
    isOver = true;
    resolve('expired');
  };
  const total = setTimeout(expire, totalMs);
  let idle = setTimeout(expire, idleMs);
  return {
    expired,
    over: () => isOver,
    touch() {
      if (isOver) return;
      clearTimeout(idle);
      idle = setTimeout(expire, idleMs);
    },
    stop() {
      isOver = true;
      clearTimeout(total);
      clearTimeout(idle);
    },
  };
}
