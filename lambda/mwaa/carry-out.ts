import type { Catalogue } from '../../airflow/catalogue.ts';
import { changesNothing } from '../../airflow/effects.ts';
import { withoutExitNoise } from '../../airflow/exit-noise.ts';
import { uncaughtIn } from '../../airflow/failure.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { lastLine } from '../../airflow/printed.ts';
import { render, renderWords } from '../../airflow/render.ts';
import { type Streams, withoutAnsi } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import { Problem } from '../problem.ts';
import { cutStreams } from './cut-streams.ts';
import { existingRun } from './existing-run.ts';
import type { CommandAnswer, SendCommand, SendTrace } from './send-command.ts';

/** One environment, and the way to it. */
export interface Way {
  readonly environment: {
    readonly name: string;
    /** Release, as in `2.10.3`. */
    readonly airflow: string;
    readonly catalogue: Catalogue;
    /** Longest stream, and longest output, that is passed on, in bytes. */
    readonly limits: { readonly outputBytes: number };
  };
  readonly send: SendCommand;
  /** Ends the waiting for MWAA. */
  readonly signal: AbortSignal;
  /** How much is left until then. */
  readonly timeLeftMs: () => number;
}

/** One command, and what is told of it whatever becomes of it. */
export interface ReadyCommand {
  readonly invocation: Invocation;
  /** What is sent, where that is not what `render` makes of the invocation. */
  readonly line?: string;
  /** It may be sent again without doing anything twice: it changes nothing, or its key makes it one run. */
  readonly retrySafe: boolean;
  /** A sentence: what to do where its fate is open. */
  readonly look: string;
  /** Members of every answer. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** What became of it. Filled in as it goes, and complete also where `carryOut` throws. */
export interface Course {
  trace?: SendTrace;
  outcome?: string;
  replayed?: boolean;
}

/** Whether a command changes nothing in Airflow. */
export const isRead = (invocation: Invocation): boolean => changesNothing(invocation.command.path);

/**
 * Sends one command and reads the answer.
 *
 * @returns the members of an answer that is no problem
 * @throws Problem
 */
export async function carryOut(way: Way, command: ReadyCommand, course: Course): Promise<Record<string, unknown>> {
  const { invocation, line = render(invocation), retrySafe, look, members } = command;
  const { send, signal, timeLeftMs } = way;
  const data = retrySafe ? { ...members, retrySafe } : members;
  const trace: SendTrace = {};
  course.trace = trace;
  const answer = await send({ line, repeatable: isRead(invocation), look, data, timeLeftMs, trace }, signal);
  return answered(way, command, answer, course).catch((cause: Error) => {
    if (cause instanceof Problem) throw cause;
    // Whatever went wrong in the reading, Airflow has been at work: no status that clients repeat by themselves.
    throw new Problem('outcome-unclear', `Airflow's answer could not be read. ${look}`, data, { cause });
  });
}

/** The members of an answer, or the problem that the verdict is. */
async function answered(
  way: Way,
  { invocation, retrySafe, look, members }: ReadyCommand,
  { status, streams }: CommandAnswer,
  course: Course,
): Promise<Record<string, unknown>> {
  const { environment } = way;
  const { answered: isAnswer, ...verdict } = judge(invocation, status, streams, environment.airflow);
  course.outcome = verdict.outcome;
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: renderWords(invocation),
    ...members,
    ...verdict,
    ...passedOn(verdict.output, streams, environment.limits.outputBytes),
  };
  const data = retrySafe ? { ...result, retrySafe } : result;
  if (verdict.outcome === 'failed' && !isAnswer) {
    const existing = await existingRun(way, invocation, streams, look).catch((error: unknown) => {
      throw error instanceof Problem ? new Problem(error.code, error.message, { ...data, ...error.data }) : error;
    });
    if (existing) {
      course.outcome = existing.outcome;
      course.replayed = true;
      return { ...result, ...existing, ...passedOn(existing.output, streams, environment.limits.outputBytes) };
    }
    throw new Problem('command-failed', `Airflow did not carry out the command: ${said(streams)}`, data);
  }
  if (verdict.outcome === 'unclear') {
    const detail = `${sentence(verdict.evidence)} Read the streams. ${look}`;
    throw new Problem('outcome-unclear', detail, data);
  }
  return result;
}

/** Streams and output within the limit. JSON is whole or not there. */
function passedOn(output: unknown, streams: Streams, limit: number) {
  const fits = output === null || Buffer.byteLength(JSON.stringify(output)) <= limit;
  return { ...cutStreams(streams, limit), ...(fits ? {} : { output: null, outputTruncated: true }) };
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What Airflow says went wrong: the exception that nobody caught, or the last line. */
const said = ({ stdout, stderr }: Streams): string => {
  const errors = withoutExitNoise(withoutAnsi(stderr));
  const text = uncaughtIn(errors)?.line ?? (lastLine(errors) || lastLine(withoutAnsi(stdout)));
  return text.slice(0, 300) || 'it printed nothing.';
};
