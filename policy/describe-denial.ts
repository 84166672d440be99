import type { Argument } from '../airflow/catalog.ts';
import { isIdentifier } from '../airflow/identifiers.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { describeManagedCommand } from '../airflow/managed-commands.ts';
import { truncateForMessage } from '../airflow/refusal.ts';
import { quoteWord, renderArgv } from '../airflow/render-command-line.ts';
import { formatRequestName, isOperation, renderOperation } from '../airflow/rest/operation-command.ts';
import type { RequestForms } from './authorize.ts';
import type { Caller } from './caller.ts';
import { HEALTH_COMMAND } from './command-sets.ts';
import { findNearestEntry, listGrantedRules } from './find-entries.ts';
import { isHarmlessOption } from './option-effects.ts';
import type { Policy } from './policy.ts';

/** Where a command was denied, and to whom. */
interface DenialContext {
  readonly policy: Policy;
  readonly caller: Caller;
  /** The name of the environment. */
  readonly environment: string;
}

/** Says why a command is denied: the nearest rule and what does not match it, and what is granted. The same when it is run and explained. */
export function describeDenial({ policy, caller, environment }: DenialContext, forms: RequestForms): string {
  const [invocation] = forms;
  const command = formatRequestName(invocation);
  const circumstances = invocation.command === HEALTH_COMMAND ? '' : ' with these arguments';
  const sentences = [`"${command}"${circumstances} is not granted on ${environment}.`];
  const nearest = forms.map((form) => findNearestEntry(policy, caller, form)).find((entry) => entry !== undefined);
  if (nearest) {
    const { rule, line } = nearest.entry;
    sentences.push(`The nearest rule is "${rule.text}" on line ${line}. ${nearest.mismatch}`);
  }
  sentences.push(...describeForms(forms));
  if (!invocation.command.listed)
    sentences.push(describeManagedCommand(command) ?? `AWS does not list "${command}" for MWAA, which may reject it.`);
  const granted = listGrantedRules(policy, caller);
  sentences.push(
    granted.length === 0
      ? 'This caller has no grants in this environment.'
      : `Granted to this caller: ${granted.join('; ')}.`,
  );
  return sentences.join(' ');
}

/** What can be granted so that an operation is allowed, for its first form that a rule can spell. */
function describeForms([operation, command]: RequestForms): string[] {
  if (!isOperation(operation.command)) return [];
  const { beyond } = operation.command.operation ?? {};
  const rules = [operation, command].flatMap((form) => (form === undefined ? [] : [`"${formatRule(form)}"`]));
  const more = command === undefined && beyond !== undefined ? ` ${beyond.replace(/^It\b/, 'The request')}` : '';
  return [`${rules.length > 1 ? 'Rules' : 'A rule'} such as ${rules.join(' or ')} would grant it.${more}`];
}

/**
 * A rule for one request: what it acts on as it is, and any value of everything else, which may be secret. No rule needs to name the
 * harmless options.
 */
function formatRule({ values, ...request }: Invocation): string {
  const needed = new Map(
    [...values]
      .filter(([argument]) => argument.flags === undefined || !isHarmlessOption(argument))
      .map(([argument, given]) => [argument, isTarget(argument) ? given : given.map(() => '*')]),
  );
  const invocation: Invocation = { ...request, values: needed };
  const words = isOperation(invocation.command) ? renderOperation(invocation) : renderArgv(invocation);
  const rule = words.map((word) => quoteWord(word.replace(/^(--[\w-]+)=.*/s, '$1=*')));
  // A rule names an option once, also if the request repeats it.
  return truncateForMessage(
    rule.filter((word, at) => !word.startsWith('--') || rule.indexOf(word) === at).join(' '),
    300,
  );
}

/** Whether an argument names what the request acts on: it is in the path of an operation, or an id or a choice of a command. */
const isTarget = (argument: Argument): boolean =>
  argument.flags === undefined &&
  (argument.ofOperation === true || isIdentifier(argument) || argument.choices !== undefined);
