import type { Catalogue } from '../airflow/catalogue.ts';
import { complete, type Format } from '../airflow/complete.ts';
import { parse } from '../airflow/parse.ts';
import { Refusal, type RefusalCode } from '../airflow/refusal.ts';
import { render } from '../airflow/render.ts';
import { words } from '../airflow/words.ts';
import type { Caller } from './caller.ts';
import { decide, nearestTo, type Policy, sentencesThatAllow } from './policy.ts';

/** Whose question it is, and by which grants it is decided. */
export interface Asked {
  readonly policy: Policy;
  readonly caller: Caller;
  readonly environment: string;
  /** Do not look for other callers' grants: that reads the whole policy for each refusal. */
  readonly briefly?: boolean;
}

export type Explanation =
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
export const RUN_ID = 'mwaa-cli-proxy__REQUEST-ID';

/**
 * Says what would become of a command (its text, or its words), without running anything: by a policy, or by the release's command tree alone.
 *
 * @throws nothing for what a caller may write
 */
export function explain(
  catalogue: Catalogue,
  command: string | readonly string[],
  asked?: Asked,
  format: Format = 'json',
): Explanation {
  try {
    const parsed = parse(catalogue, typeof command === 'string' ? words(command) : command);
    if (asked === undefined) return { allowed: true, commandLine: render(parsed) };
    const invocation = complete(parsed, format, RUN_ID);
    const decision = decide(asked.policy, asked.caller, invocation);
    if (decision) {
      return { allowed: true, commandLine: render(invocation), grant: decision.pattern.text, line: decision.line };
    }
    const near = nearestTo(asked.policy, asked.caller, invocation);
    const others = asked.briefly ? [] : sentencesThatAllow(asked.policy, invocation).slice(0, 3);
    const detail = [
      `"${invocation.command.path.join(' ')}" with these arguments is not granted on ${asked.environment}.`,
      ...(near ? [`Nearest is line ${near.sentence.line}, "${near.sentence.pattern.text}". ${near.why}`] : []),
      ...others.map(({ who, pattern, line }) => `Line ${line}, "${pattern.text}", would allow it to ${who.text}.`),
    ].join(' ');
    return { allowed: false, refusal: { code: 'not-granted', detail } };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { allowed: false, refusal: { code: error.code, detail: error.message } };
  }
}
