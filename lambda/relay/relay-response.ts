import type { CliStreams } from '../../airflow/streams.ts';
import { getRetryAfterSeconds, type Problem, toProblemDetails } from '../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { MAX_RELAY_RESPONSE_BYTES, type RelayResponse } from '../../contract/relay-request.ts';
import { isCertainlyLarger, measureJson, measureJsonString } from '../../mwaa/cli/json-size.ts';
import { truncateStreams } from '../../mwaa/cli/truncate-streams.ts';

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
 * Truncates the streams, and as a last resort leaves the output out, until the response fits into the payload that Lambda accepts.
 * Lambda would reject a larger payload after the command has run, and its outcome would be lost.
 */
function fitIntoPayload(body: Record<string, unknown>): Record<string, unknown> {
  const { stdout, stderr, ...rest } = body;
  if (typeof stdout !== 'string' || typeof stderr !== 'string') return body;
  if (stdout.length + stderr.length <= MAX_UNCHECKED_LENGTH) return body;
  const { output: _, ...members } = rest;
  let restBytes: number | undefined;
  // Writing a large output as JSON takes as long as reading it, so it is done only if the size is not certain without it.
  const fits = (streams: CliStreams): boolean => {
    if (isCertainlyLarger({ ...rest, ...streams }, MAX_BODY_BYTES)) return false;
    const room = MAX_BODY_BYTES - measureJsonString(streams.stdout) - measureJsonString(streams.stderr);
    if (isPartOfStdout(body) && measureJson(members) + Buffer.byteLength(stdout) <= room) return true;
    restBytes ??= measureJson(rest);
    return restBytes <= room;
  };
  if (fits({ stdout, stderr })) return body;
  let truncated = body;
  for (const maxBytes of STREAM_LIMITS) {
    const streams = truncateStreams({ stdout, stderr }, maxBytes);
    truncated = { ...body, ...streams };
    if (fits(streams)) return truncated;
  }
  return { ...truncated, output: null, outputTruncated: true };
}

/** A smaller output may be a row of another command. */
const MIN_PART_BYTES = 64 * 1024;

/** Whether the output is a part of the complete standard output, so that it has no more bytes than that: `limitOutput`. */
const isPartOfStdout = ({ output, stdoutTruncated }: Record<string, unknown>): boolean =>
  stdoutTruncated !== true && isCertainlyLarger(output, MIN_PART_BYTES);
