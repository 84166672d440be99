import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerOf } from '../caller-of-event.ts';
import { asProblem } from '../middleware/problems.ts';
import type { HttpResponse } from '../problem.ts';

/**
 * Writes one line for each request, from a list of members: who asked what, and how it was answered. Nothing of a body.
 *
 * @param now milliseconds since the epoch
 */
export function logged(now: () => number): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  const write = (event: APIGatewayProxyEvent, status: number | undefined, problem?: string) => {
    const { resource, requestContext } = event;
    const line = {
      directory: resource,
      requestId: requestContext?.requestId,
      caller: callerText(event, now),
      status,
      problem,
    };
    console.log(JSON.stringify(line));
  };
  return {
    after: ({ event, response }) => write(event, response?.statusCode),
    onError: ({ event, error, response }) => write(event, response?.statusCode, asProblem(error).code),
  };
}

function callerText(event: APIGatewayProxyEvent, now: () => number): string | undefined {
  try {
    return callerOf(event, now()).text;
  } catch {
    return undefined; // That is why it is refused.
  }
}
