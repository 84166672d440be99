import type { ProblemDetails } from './api-types.ts';
import { FOREIGN_ANSWERS, UNKNOWN_OUTCOMES } from './retry-rules.ts';

/** A problem that the API returned. Match it by `code`. */
export class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem';
  /** As in `docs/api.md`: `not-granted`, `command-failed`, `outcome-unknown` … */
  readonly code: string;
  readonly problem: ProblemDetails;
  /** Whether the command may have changed something, and nothing shows whether it did. */
  readonly outcomeUnknown: boolean;

  /** @param isReadOnly the command changes nothing, so no outcome of it is unknown */
  constructor(problem: ProblemDetails, isReadOnly = false) {
    super(problem.detail);
    this.code = problem.type.slice(problem.type.lastIndexOf(':') + 1);
    this.problem = problem;
    this.outcomeUnknown =
      !isReadOnly &&
      (UNKNOWN_OUTCOMES.includes(this.code) || isForeignAnswer(problem, FOREIGN_ANSWERS.unknownOutcomes));
  }
}

/** The type of an answer that is not from the proxy. */
export const FOREIGN_ANSWER_TYPE = 'about:blank';

/** Whether an answer is not from the proxy, and its status begins with one of these digits. */
export const isForeignAnswer = ({ type, status }: ProblemDetails, digits: readonly number[]): boolean =>
  type === FOREIGN_ANSWER_TYPE && digits.includes(Math.floor(status / 100));
