import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { mayRunEnvironmentCode } from '../../airflow/environment-code.ts';
import { isRefusalOnly } from '../../airflow/find-refusal.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderArgv, renderCommandLine } from '../../airflow/render-command-line.ts';
import { type SplitStreams, splitAnswer } from '../../airflow/split-answer.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import { describeFailure } from './describe-failure.ts';
import type { EnvironmentConnection, ExecutionRecord, PreparedCommand } from './environment-connection.ts';
import { findExistingRun } from './find-existing-run.ts';
import { isCertainlyLarger, measureJson } from './json-size.ts';
import type { DecodedCliResponse, SendTrace } from './send-command-types.ts';
import { createNotAllowedProblem } from './send-problems.ts';
import { fits, truncateSplitStreams, truncateStreams } from './truncate-streams.ts';

/**
 * Sends one command, reads the response and determines the verdict.
 *
 * @returns the members of a successful response
 * @throws Problem
 */
export async function executeCommand(
  connection: EnvironmentConnection,
  command: PreparedCommand,
  record: ExecutionRecord,
): Promise<Record<string, unknown>> {
  const {
    invocation,
    commandLine = renderCommandLine(invocation),
    retrySafe,
    unknownOutcomeRemedy,
    responseMembers,
  } = command;
  const { send, signal, timeLeftMs } = connection;
  const problemMembers = retrySafe ? { ...responseMembers, retrySafe } : responseMembers;
  const trace: SendTrace = {};
  record.trace = trace;
  const readOnly = isReadOnlyCommand(invocation.command.path);
  const response = await send(
    { commandLine, readOnly, unknownOutcomeRemedy, problemMembers, timeLeftMs, trace },
    signal,
  );
  return toCommandResult(connection, command, response, record).catch((cause: Error) => {
    if (cause instanceof Problem) throw cause;
    // Airflow has run the command, so the problem must not have a status that clients retry automatically.
    const detail = `Airflow's response could not be read. ${unknownOutcomeRemedy}`;
    throw new Problem('outcome-unclear', detail, problemMembers, { cause });
  });
}

/** Converts a response to the members of a successful result. Throws the problem for any other verdict. */
async function toCommandResult(
  connection: EnvironmentConnection,
  command: PreparedCommand,
  { status, streams }: DecodedCliResponse,
  record: ExecutionRecord,
): Promise<Record<string, unknown>> {
  const { invocation, retrySafe, unknownOutcomeRemedy, responseMembers } = command;
  const { environment } = connection;
  const { outputBytes } = environment.limits;
  const { isNormalResult, ...verdict } = determineVerdict(invocation, status, streams, environment.airflow);
  record.outcome = verdict.outcome;
  const argv = renderArgv(invocation);
  const members = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: argv,
    ...responseMembers,
    ...verdict,
  };
  /** @param isAnswered Airflow returned what it returns when nothing went wrong, or an earlier request did */
  const limit = (output: unknown, isAnswered: boolean) => {
    const limited =
      command.streams === 'split'
        ? splitStreams(streams, splitAnswer(argv, streams, { isNormalResult: isAnswered, output }), outputBytes)
        : truncateStreams(streams, outputBytes);
    const isFromStdout = output === verdict.output && fits(streams.stdout, outputBytes);
    return { ...limited, ...limitOutput(output, outputBytes, isFromStdout) };
  };
  const getProblemMembers = () => ({
    ...members,
    ...limit(verdict.output, false),
    ...(retrySafe ? { retrySafe } : {}),
  });
  const isNormalFailure = verdict.outcome === 'failed' && isNormalResult;
  if (verdict.outcome !== 'succeeded' && !isNormalFailure && isRefusalOnly(streams)) {
    if (isRefusable(invocation, verdict.outcome, environment.airflow))
      throw createNotAllowedProblem(status, responseMembers);
    const detail =
      'The only output is "sub command not allowed": MWAA does not allow the command, or a DAG file or a plugin has printed this. ' +
      unknownOutcomeRemedy;
    throw new Problem('outcome-unclear', detail, getProblemMembers());
  }
  if (verdict.outcome === 'failed' && !isNormalResult) {
    const existing = await findExistingRun(connection, command, streams).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      throw new Problem(error.code, error.message, { ...getProblemMembers(), ...error.data });
    });
    if (existing) {
      record.outcome = existing.outcome;
      record.replayed = true;
      return { ...members, ...existing, ...limit(existing.output, true) };
    }
    throw new Problem(
      'command-failed',
      `The command failed in Airflow: ${describeFailure(streams, invocation.command.path)}`,
      getProblemMembers(),
    );
  }
  if (verdict.outcome === 'unclear') {
    const detail = `${toSentence(verdict.evidence)} Read the output in this response. ${unknownOutcomeRemedy}`;
    throw new Problem('outcome-unclear', detail, getProblemMembers());
  }
  return { ...members, ...limit(verdict.output, true) };
}

/**
 * Whether nothing but MWAA can have said that a command is not allowed, so that it did not run: no DAG file or plugin prints in its
 * process, and AWS does not list it or it changes nothing.
 */
function isRefusable(invocation: Invocation, outcome: string, release: string): boolean {
  const mayHavePrinted = mayRunEnvironmentCode(invocation, release);
  return (
    !mayHavePrinted &&
    (invocation.command.listed !== true || (outcome !== 'unverified' && isReadOnlyCommand(invocation.command.path)))
  );
}

/** The answer and the messages within the size limit, in place of the streams. */
const splitStreams = ({ returncode }: CliStreams, split: SplitStreams, maxBytes: number) => ({
  ...truncateSplitStreams(split, maxBytes),
  ...(returncode === undefined ? {} : { returncode }),
});

/**
 * JSON output that is too large is left out entirely.
 *
 * @param isFromStdout whether the output is a part of a standard output that is within the limit. As JSON it is not longer than that:
 *   numbers are kept as they are written, white space is left out, and escapes are the shortest
 */
function limitOutput(output: unknown, maxBytes: number, isFromStdout: boolean) {
  const isSmall =
    output === null || isFromStdout || (!isCertainlyLarger(output, maxBytes) && measureJson(output) <= maxBytes);
  return isSmall ? {} : { output: null, outputTruncated: true };
}

const toSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
