import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerFromEvent } from '../event/caller-from-event.ts';
import type { HttpResponse } from '../event/http-response.ts';
import { toProblem } from '../middleware/convert-errors-to-problems.ts';

/**
 * Writes one line for each request, from a list of members: who asked what, and how it was answered. Nothing of a body.
 *
 * @param now milliseconds since the epoch
 */
export function logRequests(now: () => number): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  const write = (event: APIGatewayProxyEvent, status: number | undefined, problem?: string) => {
    const { resource, requestContext } = event;
    const line = {
      directory: resource,
      requestId: requestContext?.requestId,
      caller: getCallerText(event, now),
      status,
      problem,
    };
    console.log(JSON.stringify(line));
  };
  return {
    after: ({ event, response }) => write(event, response?.statusCode),
    onError: ({ event, error, response }) => write(event, response?.statusCode, toProblem(error).code),
  };
}

function getCallerText(event: APIGatewayProxyEvent, now: () => number): string | undefined {
  try {
    return callerFromEvent(event, now()).label;
  } catch {
    return undefined; // That is why it is refused.
  }
}
