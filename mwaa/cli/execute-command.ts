import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { mayRunEnvironmentCode } from '../../airflow/environment-code.ts';
import { isRefusalOnly } from '../../airflow/find-refusal.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderArgv, renderCommandLine } from '../../airflow/render-command-line.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { Problem } from '../../contract/problem.ts';
import { describeFailure } from './describe-failure.ts';
import type { EnvironmentConnection, ExecutionRecord, PreparedCommand } from './environment-connection.ts';
import { findExistingRun } from './find-existing-run.ts';
import { isCertainlyLarger, measureJson } from './json-size.ts';
import type { DecodedCliResponse, SendTrace } from './send-command-types.ts';
import { createNotAllowedProblem } from './send-problems.ts';
import { truncateStreams } from './truncate-streams.ts';

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
  const { isNormalResult, ...verdict } = determineVerdict(invocation, status, streams, environment.airflow);
  record.outcome = verdict.outcome;
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    command: renderArgv(invocation),
    ...responseMembers,
    ...verdict,
    ...limitOutput(verdict.output, streams, environment.limits.outputBytes, true),
  };
  const problemMembers = retrySafe ? { ...result, retrySafe } : result;
  const isNormalFailure = verdict.outcome === 'failed' && isNormalResult;
  if (verdict.outcome !== 'succeeded' && !isNormalFailure && isRefusalOnly(streams)) {
    if (isRefusable(invocation, verdict.outcome, environment.airflow))
      throw createNotAllowedProblem(status, responseMembers);
    const detail =
      'The only output is "sub command not allowed": MWAA does not allow the command, or a DAG file or a plugin has printed this. ' +
      unknownOutcomeRemedy;
    throw new Problem('outcome-unclear', detail, problemMembers);
  }
  if (verdict.outcome === 'failed' && !isNormalResult) {
    const existing = await findExistingRun(connection, command, streams).catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      throw new Problem(error.code, error.message, { ...problemMembers, ...error.data });
    });
    if (existing) {
      record.outcome = existing.outcome;
      record.replayed = true;
      return { ...result, ...existing, ...limitOutput(existing.output, streams, environment.limits.outputBytes) };
    }
    throw new Problem(
      'command-failed',
      `The command failed in Airflow: ${describeFailure(streams, invocation.command.path)}`,
      problemMembers,
    );
  }
  if (verdict.outcome === 'unclear') {
    const detail = `${toSentence(verdict.evidence)} Read stdout and stderr in this response. ${unknownOutcomeRemedy}`;
    throw new Problem('outcome-unclear', detail, problemMembers);
  }
  return result;
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

/**
 * Streams and output within the size limit. Streams are truncated; JSON output that is too large is left out entirely.
 *
 * @param isFromStdout whether the output is a part of standard output. As JSON it is then not longer than that: numbers are kept as they
 *   are written, white space is left out, and escapes are the shortest
 */
function limitOutput(output: unknown, streams: CliStreams, maxBytes: number, isFromStdout = false) {
  const truncated = truncateStreams(streams, maxBytes);
  const fits =
    output === null ||
    (isFromStdout && !truncated.stdoutTruncated) ||
    (!isCertainlyLarger(output, maxBytes) && measureJson(output) <= maxBytes);
  return { ...truncated, ...(fits ? {} : { output: null, outputTruncated: true }) };
}

const toSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
