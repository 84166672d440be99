import { expect, test } from 'vitest';
import { parseEvent, readPlaceholders } from '../../../../lambda/events/received-event.ts';
import { S3_EVENT } from './events-fixture.ts';

const DETAIL = { a: { 'b-c': [10, { d: null }] }, 'x.y': 1, length: 'own', on: false, long: 0 };
const event = parseEvent(
  JSON.stringify({ ...S3_EVENT, detail: DETAIL }).replace('"long":0', '"long":12345678901234567890'),
);

test.each<[name: string, value: unknown]>([
  ['id', S3_EVENT.id],
  ['time', S3_EVENT.time],
  ['detail.a.b-c.0', 10],
  ['detail.a.b-c.1.d', null],
  ['detail.length', 'own'],
  ['detail.on', false],
  ['detail.long', '12345678901234567890'],
])('{%s} is %j', (name, value) => {
  const [[, found] = []] = readPlaceholders(event, [name]);
  expect(
    typeof value === 'string' && typeof found === 'object' ? JSON.stringify(found) : JSON.parse(JSON.stringify(found)),
  ).toEqual(value);
});

test.each([
  'key',
  'bucket',
  'detail.x.y',
  'detail.a.b-c.2',
  'detail.a.b-c.length',
  'detail.a.constructor',
  'detail.__proto__',
  'detail.length.length',
  'detail.a.b-c.-1',
])('{%s} has no value', (name) => expect(readPlaceholders(event, [name]).size).toBe(0));

test('{detail} is the whole detail', () => {
  expect(JSON.stringify(readPlaceholders(event, ['detail']).get('detail'))).toContain('"long":12345678901234567890');
});
