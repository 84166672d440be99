import { setTimeout as delay } from 'node:timers/promises';
import { type CliStreams, decodeStreams } from '../../airflow/streams.ts';
import { Problem } from '../../contract/problem.ts';
import { type CliResponse, NoResponseError, type Post } from '../connection/create-post.ts';
import type { CliToken, TokenCache } from '../token/create-token-cache.ts';
import { RELAY_REMEDIES, type Remedies } from './remedies.ts';
import {
  createBusyProblem,
  createNoResponseProblem,
  createNoStreamsProblem,
  createRejectedProblem,
  createUnknownOutcomeProblem,
} from './send-problems.ts';

/** One command line on its way to MWAA, and what is to be said where its fate stays open. */
export interface CommandToSend {
  /** As `render` made it. Nothing else is ever sent. */
  readonly commandLine: string;
  /** Whether the command may be sent again after an answer that leaves its fate open: it changes nothing in Airflow. */
  readonly readOnly: boolean;
  /** A sentence: where to look whether the command ran, before it is sent again. */
  readonly unknownOutcomeRemedy?: string;
  /** Members of every problem that comes after the command was sent, such as `runId`. */
  readonly problemMembers?: Readonly<Record<string, unknown>>;
  /** How much of the request's time is left. Left out: the whole of it, counted from the call. */
  readonly timeLeftMs?: () => number;
  /** Filled in as it goes, and complete also when `send` throws. */
  readonly trace?: SendTrace;
}

/** What happened on the way, for the audit record. */
export interface SendTrace {
  /** Whether the command may have run: it was sent, and MWAA did not answer that it did not start it. */
  sent?: boolean;
  /** HTTP status of the last answer. */
  upstreamStatus?: number;
  /** How many posts there were, repeats and probes included. */
  posts?: number;
  /** How long the posts took together. */
  postMs?: number;
  /** Age of the token that was used last. */
  tokenAgeMs?: number;
}

/** An answer that has streams. */
export interface DecodedCliResponse {
  readonly status: number;
  readonly streams: CliStreams;
}

/**
 * Sends one command line: token, post, and every rule of what may be repeated.
 *
 * @throws Problem for every answer that has no streams, and where there is none
 */
export type SendCommand = (command: CommandToSend, signal: AbortSignal) => Promise<DecodedCliResponse>;

/** What sending needs from outside. */
export interface Upstream {
  readonly tokens: TokenCache;
  readonly post: Post;
  /** What to change where something fails. Left out: the relay's. */
  readonly remedies?: Remedies;
  /** Where the web server answers, if not where MWAA says. */
  readonly webServerHostname?: string | undefined;
  /** How long a command that MWAA is too busy to start is offered again. Left out: not at all. */
  readonly busyRetryMs?: number;
  /** The time of a whole request. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds of the wall clock. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** The first and the longest pause before a command is offered again. */
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 2_000;
/** A command is not offered again with less time than this left: it would be cut off, and its fate open. */
const MIN_TIME_LEFT_MS = 5_000;
/** A listed command of every release that changes nothing and needs nothing. */
const PROBE_COMMAND_LINE = 'version';

/** One command on its way. */
interface SendContext {
  readonly upstream: Upstream;
  readonly remedies: Remedies;
  readonly command: CommandToSend;
  readonly trace: SendTrace;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export function createSendCommand(upstream: Upstream): SendCommand {
  const { now = Date.now, remedies = RELAY_REMEDIES } = upstream;
  return async (command, signal) => {
    const trace = command.trace ?? {};
    try {
      const answer = await sendWithRetries({ upstream, remedies, command, trace, signal, now });
      const streams = isCommandResponse(answer) ? decodeStreams(answer.body) : undefined;
      if (streams === undefined) throw createNoStreamsProblem(command, answer.status);
      return { status: answer.status, streams };
    } catch (error) {
      if (error instanceof Problem || command.readOnly || !trace.sent) throw error;
      throw createUnknownOutcomeProblem(command, `${remedies.subject} failed`, { cause: error });
    }
  };
}

/** The answers that come with streams when a command has run. A 400 is plausible for one that failed, and not documented. */
const isCommandResponse = ({ status }: CliResponse): boolean => status === 200 || status === 400;

/** The web server did not take the token, or the command. 401 was never seen, and means the same. */
const isRejection = ({ status, body }: CliResponse): boolean =>
  (status === 401 || status === 403) && decodeStreams(body) === undefined;

/**
 * MWAA did not start the command: documented for more commands at once than it runs.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/t-apache-airflow-202.html
 */
const isBusyResponse = ({ status, body }: CliResponse): boolean => status === 503 && decodeStreams(body) === undefined;

/**
 * Token and post, and again where it is certain that the command did not run: once with a new token after a refusal, and
 * after pauses while MWAA is busy.
 */
async function sendWithRetries(way: SendContext): Promise<CliResponse> {
  const { upstream, command, trace, signal } = way;
  const pause = createBusyBackoff(way);
  let renewed = false;
  for (;;) {
    const token = await upstream.tokens.get(signal);
    const answer = await postWithReconnect(way, token);
    if (isRejection(answer)) {
      trace.sent = false;
      if (renewed) throw await diagnoseRejection(way, token, answer);
      upstream.tokens.invalidate(token);
      renewed = true;
    } else if (isBusyResponse(answer)) {
      trace.sent = false;
      if (!(await pause())) throw createBusyProblem(command, answer.status);
    } else {
      return answer;
    }
  }
}

/** Posts the command, and once more where a kept-alive connection turned out to be closed and a repeat does no harm. */
async function postWithReconnect(way: SendContext, token: CliToken): Promise<CliResponse> {
  const { command, trace } = way;
  const attempt = async (): Promise<CliResponse> => {
    trace.sent = true;
    delete trace.upstreamStatus;
    try {
      const answer = await postOnce(way, token, command.commandLine);
      trace.upstreamStatus = answer.status;
      return answer;
    } catch (error) {
      if (error instanceof NoResponseError) trace.sent = error.sent;
      throw error;
    }
  };
  const isHarmless = ({ failure, reused, sent }: NoResponseError): boolean =>
    failure === 'exchange' && reused && (command.readOnly || !sent);
  try {
    return await attempt().catch((error: unknown) => {
      if (error instanceof NoResponseError && isHarmless(error)) return attempt();
      throw error;
    });
  } catch (error) {
    throw error instanceof NoResponseError
      ? createNoResponseProblem(command, getWebServerHostname(way, token), error, way.remedies)
      : error;
  }
}

/**
 * A new token was refused too. A command that MWAA allows to everyone tells whether it is the token or the command: one more
 * post, with the same token, in this rare case only.
 */
async function diagnoseRejection(way: SendContext, token: CliToken, refusal: CliResponse): Promise<Problem> {
  const refused = (what: Parameters<typeof createRejectedProblem>[2]) =>
    createRejectedProblem(way.command, refusal.status, what, way.remedies);
  if (way.command.commandLine === PROBE_COMMAND_LINE) return refused('token');
  const probe = await postOnce(way, token, PROBE_COMMAND_LINE).catch((error: unknown) => {
    if (error instanceof NoResponseError) return undefined;
    throw error;
  });
  if (probe === undefined) return refused('either');
  if (isRejection(probe)) return refused('token');
  const ran = isCommandResponse(probe) && decodeStreams(probe.body) !== undefined;
  return refused(ran ? 'command' : 'either');
}

async function postOnce(way: SendContext, token: CliToken, line: string): Promise<CliResponse> {
  const { upstream, trace, signal, now } = way;
  const startedAt = now();
  trace.posts = (trace.posts ?? 0) + 1;
  if (token.requestedAt !== undefined) trace.tokenAgeMs = startedAt - token.requestedAt;
  try {
    return await upstream.post({ ...token, hostname: getWebServerHostname(way, token) }, line, signal);
  } finally {
    trace.postMs = (trace.postMs ?? 0) + now() - startedAt;
  }
}

const getWebServerHostname = ({ upstream }: SendContext, { hostname }: CliToken): string =>
  upstream.webServerHostname ?? hostname;

/** Pauses that double, with chance in them so that callers do not come back together. False: there is no time for another. */
function createBusyBackoff({ upstream, command, signal, now }: SendContext): () => Promise<boolean> {
  const {
    busyRetryMs = 0,
    requestTimeoutMs = Number.POSITIVE_INFINITY,
    random = Math.random,
    wait = waitMs,
  } = upstream;
  const startedAt = now();
  const timeLeft = command.timeLeftMs ?? (() => requestTimeoutMs - (now() - startedAt));
  let busySince: number | undefined;
  let longest = FIRST_BACKOFF_MS;
  return async () => {
    busySince ??= now();
    const pause = longest * (0.5 + random() / 2);
    longest = Math.min(longest * 2, MAX_BACKOFF_MS);
    if (now() - busySince + pause > busyRetryMs || timeLeft() - pause < MIN_TIME_LEFT_MS) return false;
    await wait(pause, signal).catch(() => {});
    return !signal.aborted;
  };
}

const waitMs = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  delay(milliseconds, undefined, { signal });
