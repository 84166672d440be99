/**
 * Carries a request to its function and the answer back. A stream is handed on as it comes, once its metadata is
 * complete; a buffered answer whole. When the gateway gives up, or the client leaves, the function goes on to its own
 * end (documented: "Stream the integration response").
 *
 * Documented: the integration time-out, idle limits of streams (5 minutes, 30 seconds at an edge), Lambda's 6 MB for a
 * buffered answer. Assumed: the idle limit also holds before the first byte; a stream that fails halfway breaks the connection;
 * metadata that cannot be read is answered when the function has ended.
 */
import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';
import { type Exchange, header } from './exchange.ts';
import { faults } from './faults.ts';
import { type Functions, LAMBDA_STATUS, type Outcome, PAYLOAD_BYTES } from './functions.ts';
import type { GatewayModel, Method } from './model.ts';
import { type Head, MalformedAnswer, readAnswer, readMetadata } from './proxy-answer.ts';

const IDLE_MS = { REGIONAL: 300_000, PRIVATE: 300_000, EDGE: 30_000 };

/**
 * Answers the request from the function, all but the last bytes, which are returned.
 * Throws a `GatewayFault` as long as nothing has been sent; afterwards a failure breaks the connection.
 */
export async function integrate(
  exchange: Exchange,
  method: Method,
  event: string,
  model: GatewayModel,
  functions: Functions,
  response: ServerResponse,
): Promise<Buffer> {
  const { streaming, timeoutMs, function: target } = method.integration;
  const begun = performance.now();
  const clock = createClock(timeoutMs, streaming ? IDLE_MS[model.api.endpointType] : timeoutMs);
  const answer = streaming ? streamTo(exchange, response) : collectFor(exchange, model, response);
  const outcome = functions.invoke(target, { event, traceId: exchange.traceId }, (chunk) => {
    clock.touch();
    if (!clock.over()) answer.take(chunk);
  });
  try {
    const ended = await Promise.race([outcome, clock.expired]);
    if (ended === 'expired') throw faults.integrationTimeout();
    exchange.integrationStatus = ended.kind === 'rejected' ? LAMBDA_STATUS[ended.error] : 200;
    checkOutcome(ended);
    return answer.finish();
  } catch (fault) {
    if (!response.headersSent) throw fault instanceof MalformedAnswer ? faults.functionFailed() : fault;
    response.destroy();
    return Buffer.alloc(0);
  } finally {
    clock.stop();
    exchange.integrationLatency = Math.round(performance.now() - begun);
  }
}

function checkOutcome(outcome: Outcome): void {
  if (outcome.kind === 'rejected') {
    throw outcome.error === 'RequestTooLargeException' ? faults.tooLargeForLambda() : faults.rejectedByLambda();
  }
  if (outcome.kind === 'function-error') throw faults.functionFailed();
}

/** Where a function's bytes go. */
interface AnswerSink {
  take(chunk: Buffer): void;
  /** Gives what is left to send. Throws `MalformedAnswer`. */
  finish(): Buffer;
}

function streamTo(exchange: Exchange, response: ServerResponse): AnswerSink {
  let front: Buffer | undefined = Buffer.alloc(0);
  let fault: unknown;
  const forward = (bytes: Buffer) => {
    exchange.responseLength += bytes.length;
    response.write(bytes);
  };
  return {
    take(chunk) {
      if (fault !== undefined) return;
      if (front === undefined) {
        forward(chunk);
        return;
      }
      front = Buffer.concat([front, chunk]);
      try {
        const read = readMetadata(front);
        if (read === undefined) return;
        front = undefined;
        setHead(response, read.head);
        response.flushHeaders();
        if (read.rest.length > 0) forward(read.rest);
      } catch (error) {
        fault = error;
      }
    },
    finish() {
      if (fault !== undefined) throw fault;
      if (front !== undefined) throw new MalformedAnswer('the stream ended before its metadata');
      return Buffer.alloc(0);
    },
  };
}

function collectFor(exchange: Exchange, model: GatewayModel, response: ServerResponse): AnswerSink {
  const chunks: Buffer[] = [];
  return {
    take: (chunk) => void chunks.push(chunk),
    finish() {
      const payload = Buffer.concat(chunks);
      if (payload.length > PAYLOAD_BYTES) throw new MalformedAnswer('Function.ResponseSizeTooLarge');
      const { head, body } = readAnswer(
        payload.toString('utf8'),
        header(exchange, 'accept'),
        model.api.binaryMediaTypes,
      );
      setHead(response, head);
      return body;
    },
  };
}

function setHead(response: ServerResponse, { status, headers }: Head): void {
  try {
    for (const [name, value] of headers) {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    }
  } catch (error) {
    throw new MalformedAnswer('a header cannot be sent', { cause: error });
  }
  response.statusCode = status;
  for (const [name, value] of headers) response.appendHeader(name, value);
}

/** Two limits on one wait: the whole time, and the time since the last sign of life. */
function createClock(totalMs: number, idleMs: number) {
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
