import type { SplitStreams } from '../../airflow/split-answer.ts';
import type { CliStreams } from '../../airflow/streams.ts';
import { getRetryAfterSeconds, type Problem, toProblemDetails } from '../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { MAX_RELAY_RESPONSE_BYTES, type RelayResponse } from '../../contract/relay-request.ts';
import { isCertainlyLarger, measureJson, measureJsonString } from '../../mwaa/cli/json-size.ts';
import { MESSAGE_BYTES, truncateSplitStreams, truncateStreams } from '../../mwaa/cli/truncate-streams.ts';

/** Reserved for the members around the body. */
const ENVELOPE_BYTES = 1024;
const MAX_BODY_BYTES = MAX_RELAY_RESPONSE_BYTES - ENVELOPE_BYTES;

/** Streams that are shorter than this together always fit: each character takes at most 6 bytes, and `output` repeats stdout. */
const MAX_UNCHECKED_LENGTH = MAX_BODY_BYTES / 12;

/** Limits of each stream that are tried in turn, in bytes. */
const STREAM_LIMITS = [1024 * 1024, 64 * 1024, 0];

/** The response for the result of a command or of a health check. */
export const toResultResponse = (result: Record<string, unknown>, outcome: string): RelayResponse => ({
  status: 200,
  result: outcome,
  body: fitIntoPayload(result),
});

/** The response for a problem. */
export function toProblemResponse(problem: Problem, requestId: string, queuedMs?: number): RelayResponse {
  const retryAfterSeconds = getRetryAfterSeconds(problem);
  return {
    status: PROBLEM_TYPES[problem.code].status,
    result: problem.code,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    body: fitIntoPayload({ ...toProblemDetails(problem, requestId), ...(queuedMs === undefined ? {} : { queuedMs }) }),
  };
}

/**
 * Truncates the streams, or the answer and the messages, and as a last resort leaves the output out, until the response fits into the
 * payload that Lambda accepts. Lambda would reject a larger payload after the command has run, and its outcome would be lost.
 */
function fitIntoPayload(body: Record<string, unknown>): Record<string, unknown> {
  const { stdout, stderr } = body;
  if (typeof stdout === 'string' && typeof stderr === 'string') return fitStreams(body, WHOLE, { stdout, stderr });
  const { answer, messages } = body;
  return typeof answer === 'string' && Array.isArray(messages) ? fitStreams(body, SPLIT, { answer, messages }) : body;
}

/** How the members of a body that contain the streams are measured and truncated. */
interface StreamMembers<Streams> {
  /** At least as many characters as JSON has, before characters are escaped. */
  getLength(streams: Streams): number;
  /** Their bytes as JSON. */
  measure(streams: Streams): number;
  /** The bytes of standard output, or more. Infinite if it is not complete. */
  measureStdout(streams: Streams, body: Record<string, unknown>): number;
  truncate(streams: Streams, maxBytes: number): Streams;
}

const WHOLE: StreamMembers<CliStreams> = {
  getLength: ({ stdout, stderr }) => stdout.length + stderr.length,
  measure: ({ stdout, stderr }) => measureJsonString(stdout) + measureJsonString(stderr),
  measureStdout: ({ stdout }, { stdoutTruncated }) =>
    stdoutTruncated === true ? Number.POSITIVE_INFINITY : Buffer.byteLength(stdout),
  truncate: truncateStreams,
};

const SPLIT: StreamMembers<SplitStreams> = {
  getLength: ({ answer, messages }) =>
    messages.reduce((length, { text }) => length + MESSAGE_BYTES + text.length, answer.length),
  measure: ({ answer, messages }) => measureJsonString(answer) + measureMessages(messages),
  measureStdout: ({ answer, messages }, { answerTruncated, messagesTruncated }) =>
    answerTruncated === true || messagesTruncated === true
      ? Number.POSITIVE_INFINITY
      : Buffer.byteLength(answer) + measureMessages(messages),
  truncate: truncateSplitStreams,
};

const measureMessages = (messages: SplitStreams['messages']): number =>
  messages.reduce((size, { text }) => size + MESSAGE_BYTES + measureJsonString(text), 0);

function fitStreams<Streams extends object>(
  body: Record<string, unknown>,
  { getLength, measure, measureStdout, truncate }: StreamMembers<Streams>,
  complete: Streams,
): Record<string, unknown> {
  if (getLength(complete) <= MAX_UNCHECKED_LENGTH) return body;
  const rest = Object.fromEntries(Object.entries(body).filter(([name]) => !(name in complete)));
  const { output, ...members } = rest;
  let restBytes: number | undefined;
  // Writing a large output as JSON takes as long as reading it, so it is done only if the size is not certain without it.
  const fits = (streams: Streams): boolean => {
    if (isCertainlyLarger({ ...rest, ...streams }, MAX_BODY_BYTES)) return false;
    const room = MAX_BODY_BYTES - measure(streams);
    // A part of standard output has no more bytes than that: `limitOutput`. A smaller output may be a row of another command.
    if (isCertainlyLarger(output, MIN_PART_BYTES) && measureJson(members) + measureStdout(complete, body) <= room)
      return true;
    restBytes ??= measureJson(rest);
    return restBytes <= room;
  };
  if (fits(complete)) return body;
  let truncated = body;
  for (const maxBytes of STREAM_LIMITS) {
    const streams = truncate(complete, maxBytes);
    truncated = { ...body, ...streams };
    if (fits(streams)) return truncated;
  }
  return { ...truncated, output: null, outputTruncated: true };
}

/** The output of another command that was run for this one is smaller. */
const MIN_PART_BYTES = 64 * 1024;
