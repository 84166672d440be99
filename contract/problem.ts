import { PROBLEM_TYPES, type ProblemCode, toProblemTypeUrn } from './problem-types.ts';

/** An error that reaches the caller: its problem type, a `detail` that says what to do, and further members. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** Further members of the response body. They must not contain a token or data of other callers. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, detail: string, data: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.data = data;
  }
}

/** The value of the `Retry-After` header. `retryAfterSeconds` in the problem's data overrides the value of its type. */
export function getRetryAfterSeconds({ code, data }: Problem): number | undefined {
  const { retryAfterSeconds = PROBLEM_TYPES[code].retryAfterSeconds } = data;
  return typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined;
}

/** The body of an RFC 9457 problem. `retrySafe` in the problem's data overrides the value of its type. */
export function toProblemDetails({ code, message, data }: Problem, requestId?: string) {
  const { status, title, retrySafe } = PROBLEM_TYPES[code];
  const { retryAfterSeconds: _, ...members } = data;
  return {
    type: toProblemTypeUrn(code),
    title,
    status,
    detail: message,
    ...(requestId === undefined ? {} : { requestId }),
    retrySafe,
    ...members,
  };
}
