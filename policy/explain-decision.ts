import type { Catalog } from '../airflow/catalog.ts';
import { completeInvocation } from '../airflow/complete-invocation.ts';
import type { Invocation } from '../airflow/invocation.ts';
import type { OutputFormat } from '../airflow/output-format.ts';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../airflow/refusal.ts';
import { renderCommandLine } from '../airflow/render-command-line.ts';
import { splitCommandLine } from '../airflow/split-command-line.ts';
import { authorize } from './authorize.ts';
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

export type DecisionExplanation =
  | {
      readonly allowed: true;
      /** What would be sent, with `PLACEHOLDER_RUN_ID` for a trigger without a run id. */
      readonly commandLine: string;
      /** The rule that allows it. Absent without a policy. */
      readonly grant?: string;
      /** Line of the grant in the configuration file. */
      readonly line?: number;
    }
  | {
      readonly allowed: false;
      readonly refusal: { readonly code: RefusalCode | 'not-granted'; readonly detail: string };
    };

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
  try {
    const parsed = parseInvocation(catalog, typeof command === 'string' ? splitCommandLine(command) : command);
    if (context === undefined) return { allowed: true, commandLine: renderCommandLine(parsed) };
    const invocation = completeInvocation(parsed, format, PLACEHOLDER_RUN_ID);
    const decision = authorize(context.policy, context.caller, invocation);
    if (decision) {
      return {
        allowed: true,
        commandLine: renderCommandLine(invocation),
        grant: decision.rule.text,
        line: decision.line,
      };
    }
    const detail = describeDenial(context, [invocation]) + describeOtherCallers(context, invocation);
    return { allowed: false, refusal: { code: 'not-granted', detail } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { allowed: false, refusal: { code: error.code, detail: error.message } };
  }
}

/** Other callers that may run a denied command: at most three rules. */
function describeOtherCallers({ policy, omitOtherCallers }: PolicyContext, invocation: Invocation): string {
  const allowing = omitOtherCallers ? [] : findAllowingEntries(policy, invocation).slice(0, 3);
  return allowing
    .map(({ who, rule, line }) => ` The rule "${rule.text}" on line ${line} allows it for ${who.text}.`)
    .join('');
}
