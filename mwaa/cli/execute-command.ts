import type { Catalog } from '../../airflow/catalog.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { findUncaughtException } from '../../airflow/failure-evidence.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { findLastOutputLine } from '../../airflow/log-lines.ts';
import { renderArgv, renderCommandLine } from '../../airflow/render-command-line.ts';
import { type CliStreams, stripAnsi } from '../../airflow/streams.ts';
import { stripExitNoise } from '../../airflow/strip-exit-noise.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import { findExistingRun } from './find-existing-run.ts';
import type { DecodedCliResponse, SendCommand, SendTrace } from './send-command.ts';
import { truncateStreams } from './truncate-streams.ts';

/** One environment, and the way to it. */
export interface EnvironmentConnection {
  readonly environment: {
    readonly name: string;
    /** Release, as in `2.10.3`. */
    readonly airflow: string;
    readonly catalog: Catalog;
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
export interface PreparedCommand {
  readonly invocation: Invocation;
  /** What is sent, where that is not what `render` makes of the invocation. */
  readonly commandLine?: string;
  /** It may be sent again without doing anything twice: it changes nothing, or its key makes it one run. */
  readonly retrySafe: boolean;
  /** A sentence: what to do where its fate is open. */
  readonly unknownOutcomeRemedy: string;
  /** Members of every answer. */
  readonly responseMembers: Readonly<Record<string, unknown>>;
}

/** What became of it. Filled in as it goes, and complete also where `carryOut` throws. */
export interface ExecutionRecord {
  trace?: SendTrace;
  outcome?: string;
  replayed?: boolean;
}

/** Whether a command changes nothing in Airflow. */
export const isReadOnly = (invocation: Invocation): boolean => isReadOnlyCommand(invocation.command.path);

/**
 * Sends one command and reads the answer.
 *
 * @returns the members of an answer that is no problem
 * @throws Problem
 */
export async function executeCommand(
  way: EnvironmentConnection,
  command: PreparedCommand,
  course: ExecutionRecord,
): Promise<Record<string, unknown>> {
  const {
    invocation,
    commandLine = renderCommandLine(invocation),
    retrySafe,
    unknownOutcomeRemedy,
    responseMembers,
  } = command;
  const { send, signal, timeLeftMs } = way;
  const data = retrySafe ? { ...responseMembers, retrySafe } : responseMembers;
  const trace: SendTrace = {};
  course.trace = trace;
  const answer = await send(
    { commandLine, readOnly: isReadOnly(invocation), unknownOutcomeRemedy, problemMembers: data, timeLeftMs, trace },
    signal,
  );
  return toCommandResult(way, command, answer, course).catch((cause: Error) => {
    if (cause instanceof Problem) throw cause;
    // Whatever went wrong in the reading, Airflow has been at work: no status that clients repeat by themselves.
    throw new Problem('outcome-unclear', `Airflow's answer could not be read. ${unknownOutcomeRemedy}`, data, {
      cause,
    });
  });
}

/** The members of an answer, or the problem that the verdict is. */
async function toCommandResult(
  way: EnvironmentConnection,
  { invocation, retrySafe, unknownOutcomeRemedy, responseMembers }: PreparedCommand,
  { status, streams }: DecodedCliResponse,
  course: ExecutionRecord,
): Promise<Record<string, unknown>> {
  const { environment } = way;
  const { isNormalResult: isAnswer, ...verdict } = determineVerdict(invocation, status, streams, environment.airflow);
  course.outcome = verdict.outcome;
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: renderArgv(invocation),
    ...responseMembers,
    ...verdict,
    ...limitOutput(verdict.output, streams, environment.limits.outputBytes),
  };
  const data = retrySafe ? { ...result, retrySafe } : result;
  if (verdict.outcome === 'failed' && !isAnswer) {
    const existing = await findExistingRun(way, invocation, streams, unknownOutcomeRemedy).catch((error: unknown) => {
      throw error instanceof Problem ? new Problem(error.code, error.message, { ...data, ...error.data }) : error;
    });
    if (existing) {
      course.outcome = existing.outcome;
      course.replayed = true;
      return { ...result, ...existing, ...limitOutput(existing.output, streams, environment.limits.outputBytes) };
    }
    throw new Problem('command-failed', `Airflow did not carry out the command: ${describeFailure(streams)}`, data);
  }
  if (verdict.outcome === 'unclear') {
    const detail = `${toSentence(verdict.evidence)} Read the streams. ${unknownOutcomeRemedy}`;
    throw new Problem('outcome-unclear', detail, data);
  }
  return result;
}

/** Streams and output within the limit. JSON is whole or not there. */
function limitOutput(output: unknown, streams: CliStreams, limit: number) {
  const fits = output === null || Buffer.byteLength(JSON.stringify(output)) <= limit;
  return { ...truncateStreams(streams, limit), ...(fits ? {} : { output: null, outputTruncated: true }) };
}

const toSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What Airflow says went wrong: the exception that nobody caught, or the last line. */
const describeFailure = ({ stdout, stderr }: CliStreams): string => {
  const errors = stripExitNoise(stripAnsi(stderr));
  const text =
    findUncaughtException(errors)?.line ?? (findLastOutputLine(errors) || findLastOutputLine(stripAnsi(stdout)));
  return text.slice(0, 300) || 'it printed nothing.';
};
