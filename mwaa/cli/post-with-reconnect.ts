import type { CliToken } from '../cli-token.ts';
import { NoResponseError } from '../connection/no-response-error.ts';
import type { CliResponse } from '../connection/post.ts';
import { withReconnect } from '../connection/with-reconnect.ts';
import { createNoResponseProblem } from '../sent-problems.ts';
import type { CommandToSend, SendTrace, Upstream } from './send-command-types.ts';

/** One command that is being sent. */
export interface SendContext {
  readonly upstream: Upstream;
  readonly command: CommandToSend;
  readonly trace: SendTrace;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/**
 * Posts the command. Posts it a second time if the web server had closed the kept-alive connection and a repeat is harmless.
 *
 * @throws Problem if there is no response
 */
export async function postWithReconnect(context: SendContext, token: CliToken): Promise<CliResponse> {
  const { command, trace, upstream, now } = context;
  let startedAt = now();
  const attempt = async (): Promise<CliResponse> => {
    trace.sent = true;
    startedAt = now();
    delete trace.upstreamStatus;
    try {
      const response = await postOnce(context, token, command.commandLine);
      trace.upstreamStatus = response.status;
      return response;
    } catch (error) {
      if (error instanceof NoResponseError) trace.sent = error.sent;
      throw error;
    }
  };
  try {
    return await withReconnect(attempt, command.readOnly);
  } catch (error) {
    if (!(error instanceof NoResponseError)) throw error;
    throw createNoResponseProblem(
      { ...command, noun: 'command' },
      getWebServerHostname(context, token),
      error,
      now() - startedAt,
      upstream.remedies,
    );
  }
}

/**
 * Posts one command line and records the post in the trace.
 *
 * @throws NoResponseError
 */
export async function postOnce(context: SendContext, token: CliToken, commandLine: string): Promise<CliResponse> {
  const { upstream, trace, signal, now } = context;
  const startedAt = now();
  trace.posts = (trace.posts ?? 0) + 1;
  if (token.requestedAt !== undefined) trace.tokenAgeMs = startedAt - token.requestedAt;
  try {
    return await upstream.post({ ...token, hostname: getWebServerHostname(context, token) }, commandLine, signal);
  } finally {
    trace.postMs = (trace.postMs ?? 0) + now() - startedAt;
  }
}

const getWebServerHostname = ({ upstream }: SendContext, { hostname }: CliToken): string =>
  upstream.webServerHostname ?? hostname;
