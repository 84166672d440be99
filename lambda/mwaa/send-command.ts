import { setTimeout as delay } from 'node:timers/promises';
import { readStreams, type Streams } from '../../airflow/streams.ts';
import { Problem } from '../problem.ts';
import { type Advice, RELAY_ADVICE } from './advice.ts';
import { type Answer, NoAnswer, type Post } from './post.ts';
import { busyProblem, noAnswerProblem, noStreamsProblem, outcomeUnknown, refusedProblem } from './send-problems.ts';
import type { CliToken, TokenCache } from './token.ts';

/** One command line on its way to MWAA, and what is to be said where its fate stays open. */
export interface CommandToSend {
  /** As `render` made it. Nothing else is ever sent. */
  readonly line: string;
  /** Whether the command may be sent again after an answer that leaves its fate open: it changes nothing in Airflow. */
  readonly repeatable: boolean;
  /** A sentence: where to look whether the command ran, before it is sent again. */
  readonly look?: string;
  /** Members of every problem that comes after the command was sent, such as `runId`. */
  readonly data?: Readonly<Record<string, unknown>>;
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
export interface CommandAnswer {
  readonly status: number;
  readonly streams: Streams;
}

/**
 * Sends one command line: token, post, and every rule of what may be repeated.
 *
 * @throws Problem for every answer that has no streams, and where there is none
 */
export type SendCommand = (command: CommandToSend, signal: AbortSignal) => Promise<CommandAnswer>;

/** What sending needs from outside. */
export interface Upstream {
  readonly tokens: TokenCache;
  readonly post: Post;
  /** What to change where something fails. Left out: the relay's. */
  readonly advice?: Advice;
  /** Where the web server answers, if not where MWAA says. */
  readonly hostname?: string | undefined;
  /** How long a command that MWAA is too busy to start is offered again. Left out: not at all. */
  readonly busyMs?: number;
  /** The time of a whole request. */
  readonly requestMs?: number;
  /** Milliseconds of the wall clock. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** The first and the longest pause before a command is offered again. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** A command is not offered again with less time than this left: it would be cut off, and its fate open. */
const LEAST_TIME_MS = 5_000;
/** A listed command of every release that changes nothing and needs nothing. */
const PROBE = 'version';

/** One command on its way. */
interface Way {
  readonly upstream: Upstream;
  readonly advice: Advice;
  readonly command: CommandToSend;
  readonly trace: SendTrace;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export function commandSender(upstream: Upstream): SendCommand {
  const { now = Date.now, advice = RELAY_ADVICE } = upstream;
  return async (command, signal) => {
    const trace = command.trace ?? {};
    try {
      const answer = await deliver({ upstream, advice, command, trace, signal, now });
      const streams = hasRun(answer) ? readStreams(answer.body) : undefined;
      if (streams === undefined) throw noStreamsProblem(command, answer.status);
      return { status: answer.status, streams };
    } catch (error) {
      if (error instanceof Problem || command.repeatable || !trace.sent) throw error;
      throw outcomeUnknown(command, `${advice.who} failed`, { cause: error });
    }
  };
}

/** The answers that come with streams when a command has run. A 400 is plausible for one that failed, and not documented. */
const hasRun = ({ status }: Answer): boolean => status === 200 || status === 400;

/** The web server did not take the token, or the command. 401 was never seen, and means the same. */
const isRefusal = ({ status, body }: Answer): boolean =>
  (status === 401 || status === 403) && readStreams(body) === undefined;

/**
 * MWAA did not start the command: documented for more commands at once than it runs.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/t-apache-airflow-202.html
 */
const isBusy = ({ status, body }: Answer): boolean => status === 503 && readStreams(body) === undefined;

/**
 * Token and post, and again where it is certain that the command did not run: once with a new token after a refusal, and
 * after pauses while MWAA is busy.
 */
async function deliver(way: Way): Promise<Answer> {
  const { upstream, command, trace, signal } = way;
  const pause = pauses(way);
  let renewed = false;
  for (;;) {
    const token = await upstream.tokens.get(signal);
    const answer = await postCommand(way, token);
    if (isRefusal(answer)) {
      trace.sent = false;
      if (renewed) throw await whyRefused(way, token, answer);
      upstream.tokens.forget(token);
      renewed = true;
    } else if (isBusy(answer)) {
      trace.sent = false;
      if (!(await pause())) throw busyProblem(command, answer.status);
    } else {
      return answer;
    }
  }
}

/** Posts the command, and once more where a kept-alive connection turned out to be closed and a repeat does no harm. */
async function postCommand(way: Way, token: CliToken): Promise<Answer> {
  const { command, trace } = way;
  const attempt = async (): Promise<Answer> => {
    trace.sent = true;
    delete trace.upstreamStatus;
    try {
      const answer = await post(way, token, command.line);
      trace.upstreamStatus = answer.status;
      return answer;
    } catch (error) {
      if (error instanceof NoAnswer) trace.sent = error.sent;
      throw error;
    }
  };
  const isHarmless = ({ fault, reused, sent }: NoAnswer): boolean =>
    fault === 'exchange' && reused && (command.repeatable || !sent);
  try {
    return await attempt().catch((error: unknown) => {
      if (error instanceof NoAnswer && isHarmless(error)) return attempt();
      throw error;
    });
  } catch (error) {
    throw error instanceof NoAnswer ? noAnswerProblem(command, hostOf(way, token), error, way.advice) : error;
  }
}

/**
 * A new token was refused too. A command that MWAA allows to everyone tells whether it is the token or the command: one more
 * post, with the same token, in this rare case only.
 */
async function whyRefused(way: Way, token: CliToken, refusal: Answer): Promise<Problem> {
  const refused = (what: Parameters<typeof refusedProblem>[2]) =>
    refusedProblem(way.command, refusal.status, what, way.advice);
  if (way.command.line === PROBE) return refused('token');
  const probe = await post(way, token, PROBE).catch((error: unknown) => {
    if (error instanceof NoAnswer) return undefined;
    throw error;
  });
  if (probe === undefined) return refused('either');
  if (isRefusal(probe)) return refused('token');
  const ran = hasRun(probe) && readStreams(probe.body) !== undefined;
  return refused(ran ? 'command' : 'either');
}

async function post(way: Way, token: CliToken, line: string): Promise<Answer> {
  const { upstream, trace, signal, now } = way;
  const startedAt = now();
  trace.posts = (trace.posts ?? 0) + 1;
  if (token.askedAt !== undefined) trace.tokenAgeMs = startedAt - token.askedAt;
  try {
    return await upstream.post({ ...token, hostname: hostOf(way, token) }, line, signal);
  } finally {
    trace.postMs = (trace.postMs ?? 0) + now() - startedAt;
  }
}

const hostOf = ({ upstream }: Way, { hostname }: CliToken): string => upstream.hostname ?? hostname;

/** Pauses that double, with chance in them so that callers do not come back together. False: there is no time for another. */
function pauses({ upstream, command, signal, now }: Way): () => Promise<boolean> {
  const { busyMs = 0, requestMs = Number.POSITIVE_INFINITY, random = Math.random, wait = waitFor } = upstream;
  const startedAt = now();
  const timeLeft = command.timeLeftMs ?? (() => requestMs - (now() - startedAt));
  let busySince: number | undefined;
  let longest = FIRST_PAUSE_MS;
  return async () => {
    busySince ??= now();
    const pause = longest * (0.5 + random() / 2);
    longest = Math.min(longest * 2, LONGEST_PAUSE_MS);
    if (now() - busySince + pause > busyMs || timeLeft() - pause < LEAST_TIME_MS) return false;
    await wait(pause, signal).catch(() => {});
    return !signal.aborted;
  };
}

const waitFor = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  delay(milliseconds, undefined, { signal });
