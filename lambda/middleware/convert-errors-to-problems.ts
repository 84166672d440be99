import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refusal } from '../../airflow/refusal.ts';
import { Problem } from '../../contract/problem.ts';
import { type HttpResponse, toProblemResponse } from '../event/http-response.ts';

/** Turns whatever is thrown into a problem. What was not foreseen becomes `internal-error`, without its text. */
export function convertErrorsToProblems(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  return {
    onError: (request) => {
      request.response = toProblemResponse(toProblem(request.error), request.event.requestContext?.requestId ?? '');
    },
  };
}

/** The problem that an error is told to the caller as. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) {
    const code = error.code === 'unreadable' ? 'malformed-request' : 'invalid-command';
    return new Problem(code, error.message, { refusal: error.code }, { cause: error });
  }
  return new Problem('internal-error', 'The relay failed. Its log has the request id.', {}, { cause: error });
}
