import { createHash } from 'node:crypto';
import { isJsonObject } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import type { EventsFileEvent } from '../../config/events-file.ts';
import { type ReceivedEvent, readPlaceholders, readValue } from './received-event.ts';

/**
 * The idempotency key of an event: the same for every delivery of it, and another for every other event of its rule. Its events are the
 * same if all values that it is made from are: what `sameEvent` lists; of an object in S3 the bucket, key, and sequencer; of a schedule the
 * time; else the id. A repeat of EventBridge has the id, and that of a schedule the time, of the first delivery (both assumed; not
 * documented). A repeat of a producer has another id.
 *
 * @throws Refusal `missing-value`
 */
export const createEventKey = (event: ReceivedEvent, rule: Pick<EventsFileEvent, 'sameEvent' | 'schedule'>): string =>
  createHash('sha256')
    .update(JSON.stringify(listIdentity(event, rule).map(sortMembers)))
    .digest('hex');

/** The kind is the first value, so that the values of one kind never equal those of another. */
function listIdentity(
  event: ReceivedEvent,
  { sameEvent, schedule }: Pick<EventsFileEvent, 'sameEvent' | 'schedule'>,
): readonly unknown[] {
  if (sameEvent !== undefined) return ['values', ...requireValues(event, sameEvent)];
  if (schedule !== undefined) return ['time', ...requireValues(event, ['time'])];
  return identifyObject(event) ?? ['id', ...requireValues(event, ['id'])];
}

/** Only events that create or delete an object have a sequencer, which differs between all of them for one key. */
function identifyObject(event: ReceivedEvent): readonly unknown[] | undefined {
  if (event.source !== 'aws.s3') return undefined;
  const values = [
    ['bucket', 'name'],
    ['object', 'key'],
    ['object', 'sequencer'],
  ].map((path) => readValue(event, ['detail', ...path]));
  return values.every((value) => typeof value === 'string' && value !== '')
    ? ['object', event['detail-type'], ...values]
    : undefined;
}

/** An empty value would make all events that lack it the same event, and only the first one would run. */
function requireValues(event: ReceivedEvent, names: readonly string[]): unknown[] {
  const values = readPlaceholders(event, names);
  return names.map((name) => {
    const value = values.get(name);
    if (!isEmpty(value)) return value;
    throw new Refusal('missing-value', `The event has no value for ${name}, which says which events are the same.`);
  });
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

/** The order of the members of an object makes no difference to what it says. */
function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sortMembers(value[name])]));
}
