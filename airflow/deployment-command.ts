import type { Catalog } from './catalog.ts';
import { isHarmlessToRepeat } from './command-repeats.ts';
import { type CommandTemplate, fillCommandTemplate, parseCommandTemplate } from './command-template.ts';
import { getRunId, isTrigger } from './complete-invocation.ts';
import { isIdentifier } from './identifiers.ts';
import type { Invocation } from './invocation.ts';
import { parseInvocation } from './parse-invocation.ts';
import { Refusal } from './refusal.ts';

/** A command that runs when a stack is deployed. Its placeholders stand for secrets. */
export interface DeploymentCommand {
  /** As it is written, with its placeholders. It contains no secret. */
  readonly text: string;
  readonly template: CommandTemplate;
  /** The invocation with a sample in place of each secret. */
  readonly sampled: Invocation;
  readonly samples: ReadonlyMap<string, string>;
}

/**
 * Reads a command of a deployment, and checks what can be known without its secrets.
 *
 * CloudFormation repeats requests, and a rollback sends old ones again. So a command must be harmless to repeat, or a trigger, which
 * has a key. A secret must not get where Airflow or a log shows it: not into a name, and not into a run.
 *
 * @param valueNames the names of the secrets
 * @throws Refusal
 */
export function readDeploymentCommand(
  catalog: Catalog,
  source: string | readonly string[],
  valueNames: readonly string[],
): DeploymentCommand {
  const known =
    valueNames.length === 0 ? 'There are no values' : `Values: ${valueNames.map((name) => `{${name}}`).join(', ')}`;
  const template = parseCommandTemplate(source, (name) => valueNames.includes(name), known);
  const { samples, sampled } = parseWithSamples(catalog, template);
  const path = sampled.command.path.join(' ');
  if (isTrigger(sampled)) checkTrigger(sampled, template);
  else if (!isHarmlessToRepeat(sampled.command.path)) {
    throw new Refusal(
      'unknown-command',
      `"${path}" is not allowed in a deployment: CloudFormation may send a request twice, and a repeat of this command would have a ` +
        'second effect.',
    );
  }
  for (const [argument, values] of sampled.values) {
    if (!isIdentifier(argument) && argument.choices === undefined) continue;
    const shown = [...samples].find(([, sample]) => values.some((value) => value.includes(sample)));
    if (shown === undefined) continue;
    throw new Refusal(
      'invalid-value',
      `{${shown[0]}} stands for ${argument.dest}, which logs show. A secret must not be a name.`,
    );
  }
  return { text: typeof source === 'string' ? source : source.join(' '), template, sampled, samples };
}

/** More placeholders in one command are all text, or all JSON. */
const MAX_MIXED = 4;

/**
 * Parses a template with a sample for each placeholder: a text, or where that is not valid, JSON.
 *
 * @throws Refusal for the texts, if nothing is valid
 */
function parseWithSamples(catalog: Catalog, template: CommandTemplate) {
  const { names } = template;
  const choices =
    names.length <= MAX_MIXED
      ? Array.from({ length: 2 ** names.length }, (_, bits) => names.map((_name, index) => (bits >> index) % 2 === 1))
      : [names.map(() => false), names.map(() => true)];
  let firstError: unknown;
  for (const choice of choices) {
    const samples = new Map(
      names.map((name, index) => [name, choice[index] ? `{"sample${index}":1}` : `sample${index}`]),
    );
    try {
      return { samples, sampled: parseInvocation(catalog, fillCommandTemplate(template, samples)) };
    } catch (error) {
      firstError ??= error;
    }
  }
  throw firstError;
}

function checkTrigger(trigger: Invocation, { names }: CommandTemplate): void {
  if (getRunId(trigger) !== undefined) {
    throw new Refusal(
      'unexpected-argument',
      'The proxy chooses the run id, so that there is one run. Remove --run-id.',
    );
  }
  if (names[0] === undefined) return;
  throw new Refusal(
    'invalid-value',
    `{${names[0]}} is in a trigger. Airflow shows the conf of a run to everybody who may see the run, so a secret must not be in it. Put it ` +
      'into a connection or a variable.',
  );
}
