import type { Catalog } from '../airflow/catalog.ts';
import { completeInvocation } from '../airflow/complete-invocation.ts';
import type { OutputFormat } from '../airflow/output-format.ts';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../airflow/refusal.ts';
import { renderCommandLine } from '../airflow/render-command-line.ts';
import { splitCommandLine } from '../airflow/split-command-line.ts';
import { authorizeForms, type RequestForms } from './authorize.ts';
import type { Caller } from './caller.ts';
import { describeDenial } from './describe-denial.ts';
import { findAllowingEntries } from './find-entries.ts';
import type { Policy } from './policy.ts';

/** The caller, the environment and its policy. */
export interface PolicyContext {
  readonly policy: Policy;
  readonly caller: Caller;
  readonly environment: string;
  /** Do not search for grants of other callers. The search reads the whole policy. */
  readonly omitOtherCallers?: boolean;
}

/** The rule that allows a request. Absent without a policy. */
export interface AllowingGrant {
  readonly grant?: string;
  /** Line of the grant in the configuration file. */
  readonly line?: number;
}

export interface RefusedRequest {
  readonly allowed: false;
  readonly refusal: {
    /** `not-found`: the environment does not offer the REST API. */
    readonly code: RefusalCode | 'not-granted' | 'not-found';
    readonly detail: string;
  };
}

export type DecisionExplanation =
  | (AllowingGrant & {
      readonly allowed: true;
      /** What would be sent, with `PLACEHOLDER_RUN_ID` for a trigger without a run id. */
      readonly commandLine: string;
    })
  | RefusedRequest;

/** The proxy sends the id of the request in place of `REQUEST-ID`. */
export const PLACEHOLDER_RUN_ID = 'mwaa-cli-proxy__REQUEST-ID';

/**
 * Explains whether a command would be allowed, without running it.
 *
 * @param command as one text, or as a list of words
 * @param context Without it the command is only parsed.
 */
export function explainDecision(
  catalog: Catalog,
  command: string | readonly string[],
  context?: PolicyContext,
  format: OutputFormat = 'json',
): DecisionExplanation {
  return explainRefusals(() => {
    const parsed = parseInvocation(catalog, typeof command === 'string' ? splitCommandLine(command) : command);
    if (context === undefined) return { allowed: true, commandLine: renderCommandLine(parsed) };
    const invocation = completeInvocation(parsed, format, PLACEHOLDER_RUN_ID);
    return explainForms(context, [invocation], { commandLine: renderCommandLine(invocation) });
  });
}

/** @param run may throw a `Refusal` */
export function explainRefusals<Explanation>(run: () => Explanation): Explanation | RefusedRequest {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { allowed: false, refusal: { code: error.code, detail: error.message } };
  }
}

/**
 * Explains whether a request is granted.
 *
 * @param sent what would be sent
 */
export function explainForms<Sent extends object>(
  context: PolicyContext,
  forms: RequestForms,
  sent: Sent,
): ({ readonly allowed: true } & Sent & AllowingGrant) | RefusedRequest {
  const decision = authorizeForms(context.policy, context.caller, forms);
  if (decision) return { allowed: true, ...sent, grant: decision.rule.text, line: decision.line };
  const detail = describeDenial(context, forms) + describeOtherCallers(context, forms);
  return { allowed: false, refusal: { code: 'not-granted', detail } };
}

/** Other callers that may send a denied request: at most three rules. */
function describeOtherCallers({ policy, omitOtherCallers }: PolicyContext, forms: RequestForms): string {
  const allowing = omitOtherCallers ? [] : forms.flatMap((form) => findAllowingEntries(policy, form));
  const sentences = allowing.map(
    ({ who, rule, line }) => ` The rule "${rule.text}" on line ${line} allows it for ${who.text}.`,
  );
  // A set can allow a request twice: as an operation, and as the command that does the same.
  return [...new Set(sentences)].slice(0, 3).join('');
}
