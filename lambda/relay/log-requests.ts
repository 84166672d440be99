import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { RelayRequest, RelayResponse } from '../../contract/relay-request.ts';
import { describeInternalError, describeRefusal } from '../audit/describe-error.ts';
import { toProblem } from '../middleware/to-problem.ts';
import type { RelayEvent } from './relay-event.ts';
import { type RelayRecord, writeOutcome } from './relay-log.ts';

/** Lambda's context with the log record of the request, which each step fills in. */
export interface LoggedContext extends Context {
  record: RelayRecord;
}

/**
 * Creates a log record before every other step, and writes it once after every other step.
 *
 * @param now milliseconds since the epoch
 */
export function logRequests(
  environment: string,
  now: () => number,
): MiddlewareObj<RelayEvent, RelayResponse, Error, LoggedContext> {
  let startedAt = 0; // Shared state is safe: a function serves one request at a time.
  const writeRecord = (record: RelayRecord, response: RelayResponse | null | undefined) => {
    if (response) record.status = response.status;
    record.durationMs = Math.round(now() - startedAt);
    writeOutcome(record, now());
  };
  return {
    before: ({ event, context }) => {
      startedAt = now();
      const { requestId = '', extendedRequestId = '', queuedMs } = event as Partial<RelayRequest>;
      context.record = {
        requestId,
        extendedRequestId,
        lambdaRequestId: context.awsRequestId,
        environment,
        ...(queuedMs === undefined ? {} : { queuedMs }),
      };
    },
    after: ({ context, response }) => writeRecord(context.record, response),
    onError: ({ context, error, response }) => {
      const problem = toProblem(error);
      context.record.problem = problem.code;
      Object.assign(context.record, describeRefusal(problem));
      const description = describeInternalError(problem);
      if (description !== undefined) context.record.error = description;
      writeRecord(context.record, response);
    },
  };
}
