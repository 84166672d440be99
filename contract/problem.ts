import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from './problem-types.ts';

/** A refusal or failure on its way to the caller: which problem, a sentence a person can act on, and data. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** Further members of the answer. Reach the caller: no token, and nothing the caller may not see. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, detail: string, data: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.data = data;
  }
}

export interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** A problem as RFC 9457 has it. `retrySafe` in the data replaces the table's. */
export function toProblemDetails({ code, message, data }: Problem, requestId?: string) {
  const { status, title, retrySafe } = PROBLEM_TYPES[code];
  const { retryAfterSeconds: _, ...members } = data;
  return {
    ...{ type: toProblemTypeUrn(code), title, status, detail: message },
    ...(requestId === undefined ? {} : { requestId }),
    ...{ retrySafe, ...members },
  };
}

/** The answer to the caller. `retryAfterSeconds` in the data replaces the table's. */
export function toProblemResponse(problem: Problem, requestId: string): HttpResponse {
  const { retryAfterSeconds = PROBLEM_TYPES[problem.code].retryAfterSeconds } = problem.data;
  return {
    statusCode: PROBLEM_TYPES[problem.code].status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {}),
    },
    body: JSON.stringify(toProblemDetails(problem, requestId)),
  };
}
