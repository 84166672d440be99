/**
 * Passes a request to its function and the response back to the client. A stream is forwarded chunk by chunk once its metadata is
 * complete, a buffered response as a whole. If the gateway times out or the client disconnects, the function continues to run
 * (documented: "Stream the integration response").
 *
 * Documented: the integration timeout, the idle timeouts of streams (5 minutes, 30 seconds for an edge-optimized API), Lambda's 6 MB
 * limit of a buffered response. Assumed: the idle timeout also applies before the first byte; a stream that fails midway closes the
 * connection; API Gateway rejects malformed metadata only when the function has finished.
 */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { type InvokeResult, MAX_PAYLOAD_BYTES, REJECTION_STATUS } from '../functions/lambda-api.ts';
import type { LocalFunctions } from '../functions/start-functions.ts';
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
 * Sends the function's response, except for the last bytes, which it returns. Throws a `GatewayError` if the integration fails before
 * anything has been sent. A later failure closes the connection.
 */
export async function invokeIntegration(
  request: GatewayRequest,
  method: Method,
  event: string,
  model: GatewayModel,
  functions: LocalFunctions,
  response: ServerResponse,
): Promise<Buffer> {
  const { streaming, timeoutMs, function: target } = method.integration;
  const startedAt = performance.now();
  const timer = createIntegrationTimer(timeoutMs, streaming ? STREAM_IDLE_MS[model.api.endpointType] : timeoutMs);
  const sink = streaming ? createStreamingSink(request, response) : createBufferedSink(request, model, response);
  const invocation = functions.invoke(target, { event, traceId: request.traceId }, (chunk) => {
    timer.restartIdle();
    if (!timer.isOver()) sink.write(chunk);
  });
  try {
    const result = await Promise.race([invocation, timer.expired]);
    if (result === 'expired') throw gatewayErrors.integrationTimeout();
    request.integrationStatus = result.kind === 'rejected' ? REJECTION_STATUS[result.error] : 200;
    checkInvokeResult(result);
    return sink.finish();
  } catch (error) {
    if (!response.headersSent) throw error instanceof MalformedProxyResponse ? gatewayErrors.functionFailed() : error;
    response.destroy();
    return Buffer.alloc(0);
  } finally {
    timer.stop();
    request.integrationLatency = Math.round(performance.now() - startedAt);
  }
}

function checkInvokeResult(result: InvokeResult): void {
  if (result.kind === 'rejected') {
    throw result.error === 'RequestTooLargeException'
      ? gatewayErrors.tooLargeForLambda()
      : gatewayErrors.rejectedByLambda();
  }
  if (result.kind === 'function-error') throw gatewayErrors.functionFailed();
}

/** Receives the bytes that a function writes. */
interface ResponseSink {
  write(chunk: Buffer): void;
  /** Returns the bytes that remain to be sent. Throws `MalformedProxyResponse`. */
  finish(): Buffer;
}

function createStreamingSink(request: GatewayRequest, response: ServerResponse): ResponseSink {
  /** Bytes received before the metadata is complete. */
  let pending: Buffer | undefined = Buffer.alloc(0);
  let failure: unknown;
  const forward = (bytes: Buffer) => {
    request.responseLength += bytes.length;
    response.write(bytes);
  };
  return {
    write(chunk) {
      if (failure !== undefined) return;
      if (pending === undefined) {
        forward(chunk);
        return;
      }
      pending = Buffer.concat([pending, chunk]);
      try {
        const metadata = parseStreamMetadata(pending);
        if (metadata === undefined) return;
        pending = undefined;
        applyHead(response, metadata.head);
        response.flushHeaders();
        if (metadata.rest.length > 0) forward(metadata.rest);
      } catch (error) {
        failure = error;
      }
    },
    finish() {
      if (failure !== undefined) throw failure;
      if (pending !== undefined) throw new MalformedProxyResponse('the stream ended before its metadata');
      return Buffer.alloc(0);
    },
  };
}

function createBufferedSink(request: GatewayRequest, model: GatewayModel, response: ServerResponse): ResponseSink {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => void chunks.push(chunk),
    finish() {
      const payload = Buffer.concat(chunks);
      if (payload.length > MAX_PAYLOAD_BYTES) throw new MalformedProxyResponse('Function.ResponseSizeTooLarge');
      const { head, body } = parseProxyResponse(
        payload.toString('utf8'),
        getHeader(request, 'accept'),
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
    throw new MalformedProxyResponse('a header is not valid in HTTP', { cause: error });
  }
  response.statusCode = status;
  for (const [name, value] of headers) response.appendHeader(name, value);
}

/** Expires when the total time is over, or the time since the last `restartIdle`. */
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
    isOver: () => isOver,
    restartIdle() {
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
