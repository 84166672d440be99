import { getRetryAfterSeconds, type Problem, toProblemDetails } from '../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import type { RestResponse } from '../../contract/relay-request.ts';

/** A response as API Gateway expects it from a function, with JSON as its body. */
export interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  /** UTF-8 if it is not text. */
  body: string | Uint8Array;
}

const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A response with a JSON body. For a status other than 200, the body is a problem. */
export const createJsonResponse = (
  statusCode: number,
  body: HttpResponse['body'],
  retryAfterSeconds?: number,
): HttpResponse => ({
  statusCode,
  headers: {
    'content-type': statusCode === 200 ? 'application/json' : PROBLEM_MEDIA_TYPE,
    'cache-control': 'no-store',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  },
  body,
});

/** The response for an answer of Airflow's REST API. Of its headers, only the content type is passed on. */
export const createRestResponse = ({ status, result, contentType, text }: RestResponse): HttpResponse => ({
  statusCode: status,
  headers: {
    ...(contentType === '' ? {} : { 'content-type': contentType }),
    'cache-control': 'no-store',
    ...(result === 'replayed' ? { 'idempotency-replayed': 'true' } : {}),
  },
  body: text,
});

/** The response for a problem. */
export const toProblemResponse = (problem: Problem, requestId: string): HttpResponse =>
  createJsonResponse(
    PROBLEM_TYPES[problem.code].status,
    JSON.stringify(toProblemDetails(problem, requestId)),
    getRetryAfterSeconds(problem),
  );
