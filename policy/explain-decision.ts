import type { Catalog } from '../airflow/catalog.ts';
import { completeInvocation, type OutputFormat } from '../airflow/complete-invocation.ts';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../airflow/refusal.ts';
import { renderCommandLine } from '../airflow/render-command-line.ts';
import { splitCommandLine } from '../airflow/split-command-line.ts';
import type { Caller } from './caller.ts';
import { authorize, findAllowingEntries, findNearestEntry, type Policy } from './policy.ts';

/** Whose question it is, and by which grants it is decided. */
export interface PolicyContext {
  readonly policy: Policy;
  readonly caller: Caller;
  readonly environment: string;
  /** Do not look for other callers' grants: that reads the whole policy for each refusal. */
  readonly omitOtherCallers?: boolean;
}

export type DecisionExplanation =
  | {
      readonly allowed: true;
      /** What would be sent. The run id of a trigger without one is made from the request: here a stand-in. */
      readonly commandLine: string;
      /** The sentence that allows it. Absent where no policy was asked. */
      readonly grant?: string;
      /** Line of the grant in the configuration file. */
      readonly line?: number;
    }
  | {
      readonly allowed: false;
      readonly refusal: { readonly code: RefusalCode | 'not-granted'; readonly detail: string };
    };

/** Stands where the proxy puts the id of the request. */
export const PLACEHOLDER_RUN_ID = 'mwaa-cli-proxy__REQUEST-ID';

/**
 * Says what would become of a command (its text, or its words), without running anything: by a policy, or by the release's command tree alone.
 *
 * @throws nothing for what a caller may write
 */
export function explainDecision(
  catalog: Catalog,
  command: string | readonly string[],
  asked?: PolicyContext,
  format: OutputFormat = 'json',
): DecisionExplanation {
  try {
    const parsed = parseInvocation(catalog, typeof command === 'string' ? splitCommandLine(command) : command);
    if (asked === undefined) return { allowed: true, commandLine: renderCommandLine(parsed) };
    const invocation = completeInvocation(parsed, format, PLACEHOLDER_RUN_ID);
    const decision = authorize(asked.policy, asked.caller, invocation);
    if (decision) {
      return {
        allowed: true,
        commandLine: renderCommandLine(invocation),
        grant: decision.rule.text,
        line: decision.line,
      };
    }
    const near = findNearestEntry(asked.policy, asked.caller, invocation);
    const others = asked.omitOtherCallers ? [] : findAllowingEntries(asked.policy, invocation).slice(0, 3);
    const detail = [
      `"${invocation.command.path.join(' ')}" with these arguments is not granted on ${asked.environment}.`,
      ...(near ? [`Nearest is line ${near.sentence.line}, "${near.sentence.rule.text}". ${near.why}`] : []),
      ...others.map(({ who, rule, line }) => `Line ${line}, "${rule.text}", would allow it to ${who.text}.`),
    ].join(' ');
    return { allowed: false, refusal: { code: 'not-granted', detail } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { allowed: false, refusal: { code: error.code, detail: error.message } };
  }
}
