import { type Problem, toProblemDetails } from '../../contract/problem.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';

/** A response as API Gateway expects it from a function. */
export interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A 200 with a JSON body. */
export const toJsonResponse = (body: object): HttpResponse => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/** The response for a problem. `retryAfterSeconds` in the problem's data overrides the value of its type. */
export function toProblemResponse(problem: Problem, requestId: string): HttpResponse {
  const { status, retryAfterSeconds: defaultSeconds } = PROBLEM_TYPES[problem.code];
  const { retryAfterSeconds = defaultSeconds } = problem.data;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {}),
    },
    body: JSON.stringify(toProblemDetails(problem, requestId)),
  };
}
