import { Problem } from '../../contract/problem.ts';
import type { WebServerResponse } from '../connection/exchange.ts';
import { createUnknownOutcomeProblem, type SentRequest } from '../sent-problems.ts';
import { createCallProblem } from './call-problems.ts';
import { classifyAnswer, isProcessed } from './classify-answer.ts';
import { type CallContext, exchangeCall } from './exchange-call.ts';
import type { CallAnswer, CallToSend, RestUpstream } from './send-call-types.ts';

/**
 * Sends one call to Airflow's REST API: logs in if there is no session, and retries only what is safe to retry. Airflow's answer is
 * passed on with its status, also an error, unless clients would repeat a call that may have run, or could not read it.
 *
 * @throws Problem if there is no such answer
 */
export async function sendCall(upstream: RestUpstream, call: CallToSend, signal: AbortSignal): Promise<CallAnswer> {
  const { readOnly, unknownOutcomeRemedy, problemMembers, trace = {} } = call;
  const sentRequest: SentRequest = { noun: 'request', readOnly, unknownOutcomeRemedy, problemMembers };
  try {
    return await sendWithRenewal({ upstream, call, sentRequest, trace, signal });
  } catch (error) {
    if (error instanceof Problem || readOnly || !trace.sent) throw error;
    throw createUnknownOutcomeProblem(sentRequest, `${upstream.remedies.subject} failed`, { cause: error });
  }
}

/** Sends the call. Sends it once more with a new session if the web server rejected the session, and with it the call. */
async function sendWithRenewal(context: CallContext): Promise<CallAnswer> {
  const { upstream, call, sentRequest, trace, signal } = context;
  const { sessions, now } = upstream;
  for (let isRenewed = false; ; isRenewed = true) {
    const session = await sessions.get(signal);
    const startedAt = now();
    const response = await exchangeCall(context, session);
    const kind = classifyAnswer(response);
    trace.sent = isProcessed(kind);
    if (kind === 'answer') return toAnswer(response);
    const isSessionAtFault = kind === 'session refused' || kind === 'login page';
    if (isSessionAtFault) sessions.invalidate(session);
    // A login page does not tell when it took the place of the answer.
    const mayRepeat = isSessionAtFault && !isRenewed && (call.readOnly || !trace.sent);
    if (!mayRepeat)
      throw createCallProblem(kind, { sentRequest, session, response, afterMs: now() - startedAt }, upstream);
  }
}

function toAnswer({ status, headers, body }: WebServerResponse): CallAnswer {
  const contentType = headers['content-type'];
  return { status, ...(body.length > 0 && contentType !== undefined && { contentType }), body };
}
