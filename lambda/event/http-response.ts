import { type Problem, toProblemDetails } from '../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';

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
  retryAfterSeconds?: unknown,
): HttpResponse => ({
  statusCode,
  headers: {
    'content-type': statusCode === 200 ? 'application/json' : PROBLEM_MEDIA_TYPE,
    'cache-control': 'no-store',
    ...(typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {}),
  },
  body,
});

/** The response for a problem. `retryAfterSeconds` in the problem's data overrides the value of its type. */
export function toProblemResponse(problem: Problem, requestId: string): HttpResponse {
  const { status, retryAfterSeconds: defaultSeconds } = PROBLEM_TYPES[problem.code];
  const { retryAfterSeconds = defaultSeconds } = problem.data;
  return createJsonResponse(status, JSON.stringify(toProblemDetails(problem, requestId)), retryAfterSeconds);
}
