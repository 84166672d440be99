import { isWithinPythonJsonLimits } from '../../airflow/check-values.ts';
import { hasTooManyBrackets, isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { getPlaceholderPath } from '../../config/event-placeholders.ts';

/** An event of EventBridge, as JSON. Its numbers keep their spelling. */
export type ReceivedEvent = Readonly<Record<string, unknown>>;

/**
 * Reads the body of a message: the event, as EventBridge sends it.
 *
 * @throws Refusal `unreadable`
 */
export function parseEvent(body: string): ReceivedEvent {
  let event: unknown;
  if (hasTooManyBrackets(body)) throw new Refusal('unreadable', 'The event has too many lists and objects.');
  try {
    event = parseJsonKeepingNumbers(body);
  } catch (cause) {
    throw new Refusal('unreadable', 'The message is not JSON.', { cause });
  }
  if (!isWithinPythonJsonLimits(body)) throw new Refusal('unreadable', 'The event is nested too deeply for Airflow.');
  if (isJsonObject(event) && typeof event.id === 'string' && isJsonObject(event.detail)) return event;
  throw new Refusal('unreadable', 'The message is not an event of EventBridge, which has an id and a detail.');
}

/** The value at a path, or undefined. Names of members are exact; the items of a list have numbers. */
export function readValue(event: ReceivedEvent, path: readonly string[]): unknown {
  let value: unknown = event;
  for (const name of path) {
    const container: unknown = value;
    if (!isJsonObject(container) && !Array.isArray(container)) return undefined;
    if (!Object.hasOwn(container, name) || (Array.isArray(container) && !/^\d+$/.test(name))) return undefined;
    value = (container as Record<string, unknown>)[name];
  }
  return value;
}

/** The values that an event has for some placeholders. */
export function readPlaceholders(event: ReceivedEvent, names: readonly string[]): Map<string, unknown> {
  const values = names.map((name) => [name, readValue(event, getPlaceholderPath(name) ?? [])] as const);
  return new Map(values.filter(([, value]) => value !== undefined));
}
