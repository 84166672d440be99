import { PROBLEM_TYPES, type ProblemCode, problemType } from './problem-types.ts';

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

/** The answer to the caller, as RFC 9457 has it. `retrySafe` and `retryAfterSeconds` in the data replace the table's. */
export function problemResponse(problem: Problem, requestId: string): HttpResponse {
  const { status, title, retrySafe, retryAfterSeconds: usual } = PROBLEM_TYPES[problem.code];
  const { retryAfterSeconds = usual, ...data } = problem.data;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : {}),
    },
    body: JSON.stringify({
      type: problemType(problem.code),
      title,
      status,
      detail: problem.message,
      requestId,
      retrySafe,
      ...data,
    }),
  };
}
