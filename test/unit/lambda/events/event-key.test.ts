import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventKey } from '../../../../lambda/events/event-key.ts';
import { parseEvent } from '../../../../lambda/events/received-event.ts';
import { createOrderEvent, EVENT_ID, S3_EVENT } from './events-fixture.ts';

type Rule = Parameters<typeof createEventKey>[1];

const keyOf = (event: object | string, rule: Rule = {}) =>
  createEventKey(parseEvent(typeof event === 'string' ? event : JSON.stringify(event)), rule);
const OTHER_ID = '27793124-05d4-b198-2fde-7ededc63b103';
const withObject = (object: object, others: object = {}) => ({
  ...S3_EVENT,
  ...others,
  detail: { ...S3_EVENT.detail, object: { ...S3_EVENT.detail.object, ...object } },
});
const ORDER: Rule = { sameEvent: ['detail.order.id', 'time'] };
const order = (id: string, others: object = {}) =>
  JSON.stringify({ ...createOrderEvent({}, OTHER_ID), ...others }).replace('"order":{}', `"order":{"id":${id}}`);

describe('the same event', () => {
  test.each<[what: string, one: object | string, other: object | string, rule?: Rule]>([
    ['one object, whatever the id', S3_EVENT, { ...S3_EVENT, id: OTHER_ID, time: '2026-11-29T12:00:01Z' }],
    [
      'one schedule and time',
      { ...S3_EVENT, source: 'aws.events' },
      { ...S3_EVENT, source: 'aws.events', id: OTHER_ID },
      { schedule: 'rate(1 hour)' },
    ],
    ['one id', createOrderEvent({ id: 1 }), createOrderEvent({ id: 2 })],
    ['the values of the rule', order('7'), order('7', { id: EVENT_ID }), ORDER],
    ['members in another order', order('{"a":1,"b":[2]}'), order('{"b":[2],"a":1}'), ORDER],
  ])('%s', (_what, one, other, rule) => expect(keyOf(one, rule)).toBe(keyOf(other, rule)));
});

describe('another event', () => {
  test.each<[what: string, one: object | string, other: object | string, rule?: Rule]>([
    ['another key', S3_EVENT, withObject({ key: 'in/b.csv' })],
    ['the same key written again', S3_EVENT, withObject({ sequencer: '617f08299329d18a' })],
    ['another type', S3_EVENT, { ...S3_EVENT, 'detail-type': 'Object Deleted' }],
    [
      'without a sequencer, another id',
      withObject({ sequencer: undefined }),
      withObject({ sequencer: undefined }, { id: OTHER_ID }),
    ],
    [
      'another source with the same detail',
      { ...S3_EVENT, source: 'shop' },
      { ...S3_EVENT, source: 'shop', id: OTHER_ID },
    ],
    [
      'another time of a schedule',
      S3_EVENT,
      { ...S3_EVENT, time: '2026-11-29T12:00:00Z' },
      { schedule: 'rate(1 hour)' },
    ],
    ['a number and its text', order('7'), order('"7"'), ORDER],
    ['numbers with other spellings', order('1'), order('1.0'), ORDER],
    ['long numbers', order('12345678901234567890'), order('12345678901234567891'), ORDER],
    ['lone surrogates', order('"\\ud800"'), order('"\\ud801"'), ORDER],
    ['an object and its text', order('{"a":1}'), order('"{\\"a\\":1}"'), ORDER],
    ['an object and a list like the one it becomes', order('{"a":1}'), order('["{",["a",1]]'), ORDER],
    [
      'values that moved',
      JSON.stringify({ ...createOrderEvent({ id: 'a' }), time: 'bc' }),
      JSON.stringify({ ...createOrderEvent({ id: 'ab' }), time: 'c' }),
      ORDER,
    ],
    ['values of another rule', createOrderEvent({ id: 1 }), createOrderEvent({ id: 1 })],
  ])('%s', (what, one, other, rule) => {
    const otherRule = what === 'values of another rule' ? { sameEvent: ['id'] } : rule;
    expect(keyOf(one, rule)).not.toBe(keyOf(other, otherRule));
  });

  test('any two lists of values that differ', () => {
    const values = fc.tuple(fc.jsonValue(), fc.jsonValue());
    const isUsable = (value: unknown) =>
      value !== null &&
      (typeof value !== 'string' || value.trim() !== '') &&
      !['[]', '{}'].includes(JSON.stringify(value));
    fc.assert(
      fc.property(values, values, (one, other) => {
        fc.pre([...one, ...other].every(isUsable) && JSON.stringify(sort(one)) !== JSON.stringify(sort(other)));
        const rule = { sameEvent: ['detail.a', 'detail.b'] };
        const create = ([a, b]: readonly unknown[]) => ({ ...S3_EVENT, detail: { a, b } });
        expect(keyOf(create(one), rule)).not.toBe(keyOf(create(other), rule));
      }),
    );
  });
});

/** With the members of objects in one order. */
const sort = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sort);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sort(member)]),
  );
};

test.each(['null', '""', undefined])('%s says nothing about which events are the same', (value) => {
  const text = value === undefined ? JSON.stringify(createOrderEvent({})) : order(value);
  expect(() => keyOf(text, ORDER)).toThrow('no value for detail.order.id');
});
