import type { WebServerResponse } from '../connection/exchange.ts';
import { NoResponseError } from '../connection/no-response-error.ts';
import { withReconnect } from '../connection/with-reconnect.ts';
import { createNoResponseProblem, type SentRequest } from '../sent-problems.ts';
import type { CallToSend, CallTrace, RestUpstream } from './send-call-types.ts';
import type { CachedWebSession } from './web-session.ts';

/** One call that is being sent. */
export interface CallContext {
  readonly upstream: RestUpstream;
  readonly call: CallToSend;
  readonly sentRequest: SentRequest;
  readonly trace: CallTrace;
  readonly signal: AbortSignal;
}

/** Methods that need no length. Without one, Node.js would send the empty body of the others in chunks. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'DELETE']);

/**
 * Sends the call with a session. Sends it a second time if the web server had closed the kept-alive connection and a repeat is harmless.
 *
 * @throws Problem if there is no response
 */
export async function exchangeCall(context: CallContext, session: CachedWebSession): Promise<WebServerResponse> {
  const { upstream, call, sentRequest, trace, signal } = context;
  const { exchange, callTimeoutMs, remedies, now } = upstream;
  const request = {
    hostname: session.hostname,
    method: call.method,
    path: call.target,
    headers: {
      accept: call.accept ?? 'application/json',
      ...session.headers,
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    },
    body: call.body ?? (WITHOUT_BODY.has(call.method) ? undefined : ''),
  };
  let startedAt = now();
  const attempt = async (): Promise<WebServerResponse> => {
    startedAt = now();
    trace.sent = true;
    delete trace.upstreamStatus;
    trace.posts = (trace.posts ?? 0) + 1;
    if (session.requestedAt !== undefined) trace.sessionAgeMs = startedAt - session.requestedAt;
    try {
      const response = await exchange(request, signal, performance.now() + callTimeoutMs);
      trace.upstreamStatus = response.status;
      return response;
    } catch (error) {
      if (error instanceof NoResponseError) trace.sent = error.sent;
      throw error;
    } finally {
      trace.postMs = (trace.postMs ?? 0) + now() - startedAt;
    }
  };
  try {
    return await withReconnect(attempt, call.readOnly);
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    throw createNoResponseProblem(sentRequest, session.hostname, error, now() - startedAt, remedies);
  }
}
