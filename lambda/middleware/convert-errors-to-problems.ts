import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from '../../contract/problem.ts';
import { getHeaderValues } from '../event/get-header-values.ts';
import { type HttpResponse, toProblemResponse } from '../event/http-response.ts';
import { toProblem } from './to-problem.ts';

/** Converts every error to a problem response. */
export function convertErrorsToProblems(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  return {
    onError: (request) => {
      const problem = toProblem(request.error);
      const isKeyed = getHeaderValues(request.event, 'idempotency-key').length > 0;
      request.response = toProblemResponse(
        isKeyed ? markRetrySafe(problem) : problem,
        request.event.requestContext?.requestId ?? '',
      );
    },
  };
}

/** A request with an idempotency key can always be repeated: it is rejected if its command could have a second effect. */
function markRetrySafe({ code, message, data, cause }: Problem): Problem {
  return new Problem(code, message, { ...data, retrySafe: true }, { cause });
}
