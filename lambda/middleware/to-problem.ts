import { Refusal } from '../../airflow/refusal.ts';
import { Problem } from '../../contract/problem.ts';

/** The problem that the caller gets for an error. An unexpected error becomes `internal-error`, without its message. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refusal) {
    const code = error.code === 'unreadable' ? 'malformed-request' : 'invalid-command';
    return new Problem(code, error.message, { refusal: error.code }, { cause: error });
  }
  const detail = 'The function failed unexpectedly. Search its log for the request id.';
  return new Problem('internal-error', detail, {}, { cause: error });
}
