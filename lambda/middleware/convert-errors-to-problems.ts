import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type HttpResponse, toProblemResponse } from '../event/http-response.ts';
import { toProblem } from './to-problem.ts';

/** Converts every error to a problem response. */
export function convertErrorsToProblems(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  return {
    onError: (request) => {
      request.response = toProblemResponse(toProblem(request.error), request.event.requestContext?.requestId ?? '');
    },
  };
}
