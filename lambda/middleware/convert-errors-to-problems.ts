import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Refusal } from '../../airflow/refusal.ts';
import { Problem } from '../../contract/problem.ts';
import { type HttpResponse, toProblemResponse } from '../event/http-response.ts';

/** Converts every error to a problem response. An unexpected error becomes `internal-error`, without its message. */
export function convertErrorsToProblems(): MiddlewareObj<APIGatewayProxyEvent, HttpResponse> {
  return {
    onError: (request) => {
      request.response = toProblemResponse(toProblem(request.error), request.event.requestContext?.requestId ?? '');
    },
  };
}

/** The problem that the caller gets for an error. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) {
    const code = error.code === 'unreadable' ? 'malformed-request' : 'invalid-command';
    return new Problem(code, error.message, { refusal: error.code }, { cause: error });
  }
  const detail = 'The function failed unexpectedly. Search its log for the request id.';
  return new Problem('internal-error', detail, {}, { cause: error });
}
