import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerFromEvent } from '../event/caller-from-event.ts';
import type { HttpResponse } from '../event/http-response.ts';
import { toProblem } from '../middleware/convert-errors-to-problems.ts';

/**
 * Logs one line for each request: route, request id, caller, status, problem. The body is not logged.
 *
 * @param now milliseconds since the epoch
 */
export function logRequests(now: () => number): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  const writeLine = (event: APIGatewayProxyEvent, status: number | undefined, problem?: string) => {
    const { resource, requestContext } = event;
    const line = {
      front: resource,
      requestId: requestContext?.requestId,
      caller: getCallerText(event, now),
      status,
      problem,
    };
    console.log(JSON.stringify(line));
  };
  return {
    after: ({ event, response }) => writeLine(event, response?.statusCode),
    onError: ({ event, error, response }) => writeLine(event, response?.statusCode, toProblem(error).code),
  };
}

function getCallerText(event: APIGatewayProxyEvent, now: () => number): string | undefined {
  try {
    return callerFromEvent(event, now()).label;
  } catch {
    return undefined; // The request is rejected for this reason, and its problem is logged.
  }
}
