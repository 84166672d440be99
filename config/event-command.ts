import type { Catalog } from '../airflow/catalog.ts';
import { isHarmlessToRepeat } from '../airflow/command-repeats.ts';
import {
  type CommandTemplate,
  fillCommandTemplate,
  parseCommandTemplate,
  parseFilledTemplate,
} from '../airflow/command-template.ts';
import { getRunId, isTrigger } from '../airflow/complete-invocation.ts';
import type { Invocation } from '../airflow/invocation.ts';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { Refusal } from '../airflow/refusal.ts';
import { describePlaceholders, isPlaceholder, listSamples } from './event-placeholders.ts';

/** The command of an event rule, as the configuration has it. */
export interface EventCommandSource {
  readonly run: string | readonly string[];
  /** Whether a schedule makes the events. */
  readonly schedule?: string | undefined;
}

/** The command of an event rule, checked. */
export interface EventCommand {
  readonly template: CommandTemplate;
  /** With sample values. */
  readonly sample: Invocation;
  /**
   * Fills in the values of an event.
   *
   * @throws Refusal if the event has no such values, or if one of them would be more than a value
   */
  fill(values: ReadonlyMap<string, unknown>): string[];
}

/**
 * Reads the command of an event rule, and checks that it is valid for some values, and that a repeat of it does no harm: events are
 * delivered at least once.
 *
 * @throws Refusal
 */
export function parseEventCommand(catalog: Catalog, { run, schedule }: EventCommandSource): EventCommand {
  const isSchedule = schedule !== undefined;
  const template = parseCommandTemplate(
    run,
    (name) => isPlaceholder(name, isSchedule),
    describePlaceholders(isSchedule),
  );
  const { samples, invocation } = findSamples(catalog, template);
  checkRepeats(invocation);
  return {
    template,
    sample: invocation,
    fill(values) {
      try {
        parseFilledTemplate(catalog, template, values, samples);
      } catch (error) {
        throw addHint(error, values);
      }
      return fillCommandTemplate(template, values);
    },
  };
}

/** The messages of the parser are about options that nobody has written, if a value begins like one. */
function addHint(error: unknown, values: ReadonlyMap<string, unknown>): unknown {
  const [name] = [...values].find(([, value]) => typeof value === 'string' && value.startsWith('-')) ?? [];
  if (!(error instanceof Refusal) || name === undefined) return error;
  return new Refusal(error.code, `${error.message} The value for {${name}} begins with "-".`, { cause: error });
}

/** More combinations than a command with four placeholders has. */
const MAX_TRIES = 2000;

/** @throws Refusal of the first values, if no values are valid */
function findSamples(catalog: Catalog, template: CommandTemplate) {
  let refusal: unknown;
  let tries = 0;
  for (const samples of combineSamples(template.names)) {
    try {
      return { samples, invocation: parseInvocation(catalog, fillCommandTemplate(template, samples)) };
    } catch (error) {
      refusal ??= error;
    }
    tries += 1;
    if (tries === MAX_TRIES) break;
  }
  throw refusal;
}

function* combineSamples([name, ...names]: readonly string[]): Generator<ReadonlyMap<string, unknown>> {
  if (name === undefined) {
    yield new Map();
    return;
  }
  for (const others of combineSamples(names)) {
    for (const sample of listSamples(name)) yield new Map([[name, sample], ...others]);
  }
}

/** @throws Refusal if the command may have a second effect when it is repeated */
function checkRepeats(invocation: Invocation): void {
  const { path } = invocation.command;
  if (isTrigger(invocation)) {
    if (getRunId(invocation) === undefined) return;
    throw new Refusal(
      'unexpected-value',
      'The proxy makes the run id from the event, so that a repeated event is the same run. Remove --run-id, and use sameEvent to ' +
        'say which events are the same.',
    );
  }
  if (isHarmlessToRepeat(path)) return;
  throw new Refusal(
    'unknown-command',
    `Events may arrive twice, and a repeat of "${path.join(' ')}" has a second effect. Trigger a DAG instead, whose task runs it.`,
  );
}
