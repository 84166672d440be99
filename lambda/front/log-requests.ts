import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describeInternalError, describeRefusal } from '../audit/describe-error.ts';
import type { HttpResponse } from '../event/http-response.ts';
import { toProblem } from '../middleware/to-problem.ts';
import { type FrontRecord, writeRequest } from './front-log.ts';

/** Lambda's context with the log record of the request, which each step fills in. */
export interface LoggedContext extends Context {
  record: FrontRecord;
  /** When the front must respond: milliseconds since the epoch. Absent: the handler determines it. */
  deadline?: number;
}

/**
 * Creates a log record before every other step, and writes it once after every other step.
 *
 * @param now milliseconds since the epoch
 */
export function logRequests(
  now: () => number,
): MiddlewareObj<APIGatewayProxyEvent, HttpResponse, Error, LoggedContext> {
  let startedAt = 0; // Shared state is safe: a function serves one request at a time.
  const writeRecord = (record: FrontRecord, response: HttpResponse | null | undefined) => {
    if (response) record.status = response.statusCode;
    record.durationMs = Math.round(now() - startedAt);
    writeRequest(record, now());
  };
  return {
    before: ({ event, context }) => {
      startedAt = now();
      const { requestId = '', extendedRequestId = '' } = event.requestContext ?? {};
      context.record = { requestId, extendedRequestId, lambdaRequestId: context.awsRequestId };
    },
    after: ({ context, response }) => writeRecord(context.record, response),
    onError: ({ context, error, response }) => {
      const problem = toProblem(error);
      context.record.result = problem.code;
      Object.assign(context.record, describeRefusal(problem));
      const description = describeInternalError(problem);
      if (description !== undefined) context.record.error = description;
      writeRecord(context.record, response);
    },
  };
}
