import { expect, test } from 'vitest';
import { parseJsonKeepingNumbers } from '../../../../airflow/parse-json.ts';
import type { Operation } from '../../../../airflow/rest/operation.ts';
import type { OperationCall } from '../../../../airflow/rest/parse-call.ts';
import { type CallReader, readCall } from '../../../../airflow/rest/read-call.ts';

const OPERATION: Operation = { operationId: 'x', method: 'POST', path: '/x', pathParameters: {}, query: {} };

const read = (call: Partial<OperationCall>) => readCall({ operation: OPERATION, path: {}, query: {}, ...call });
const readBody = (text: string): CallReader => read({ body: parseJsonKeepingNumbers(text) })!;

test.each<[text: string, method: 'text' | 'boolean' | 'integer' | 'object' | 'texts', value: unknown]>([
  ['{"a":"x"}', 'text', 'x'],
  ['{"a":""}', 'text', ''],
  ['{"a":true}', 'boolean', true],
  ['{"a":false}', 'boolean', false],
  ['{"a":"true"}', 'boolean', true],
  ['{"a":"false"}', 'boolean', false],
  ['{"a":7}', 'integer', '7'],
  ['{"a":"-7"}', 'integer', '-7'],
  ['{"a":123456789012345678}', 'integer', '123456789012345678'],
  ['{"a":{"b":1.0}}', 'object', '{"b":1.0}'],
  ['{"a":["x","y"]}', 'texts', ['x', 'y']],
  ['{"a":[]}', 'texts', []],
  // As absent.
  ['{"a":null}', 'text', undefined],
  ['{}', 'boolean', undefined],
])('%s read as %s', (text, method, value) => {
  const reader = readBody(text);
  expect(reader[method]('a')).toEqual(value);
  expect(reader.isComplete()).toBe(true);
});

test.each<[text: string, method: 'text' | 'boolean' | 'integer' | 'object' | 'texts']>([
  ['{"a":1}', 'text'],
  ['{"a":["x"]}', 'text'],
  ['{"a":"yes"}', 'boolean'],
  ['{"a":"True"}', 'boolean'],
  ['{"a":1}', 'boolean'],
  ['{"a":1.5}', 'integer'],
  ['{"a":"7x"}', 'integer'],
  ['{"a":"x7"}', 'integer'],
  ['{"a":1234567890123456789}', 'integer'],
  ['{"a":[]}', 'object'],
  ['{"a":1}', 'object'],
  ['{"a":["x",1]}', 'texts'],
  ['{"a":[1]}', 'texts'],
  ['{"a":"x"}', 'texts'],
])('%s is not of the kind %s', (text, method) => {
  const reader = readBody(text);
  expect(reader[method]('a')).toBeUndefined();
  expect(reader.isComplete()).toBe(false);
});

test('a call is complete if each value is read or accepted', () => {
  const reader = read({ query: { limit: '5' }, body: { a: 'x', b: null, c: 1 } })!;
  expect(reader.isComplete()).toBe(false);
  reader.accept('limit', 'c');
  expect(reader.isComplete()).toBe(false);
  expect(reader.value('a')).toBe('x');
  expect(reader.isComplete()).toBe(true);
  expect([reader.has('b'), reader.has('d')]).toEqual([true, false]);
  reader.fail();
  expect(reader.isComplete()).toBe(false);
});

test.each<[call: Partial<OperationCall>, isRead: boolean]>([
  [{}, true],
  [{ body: null }, true],
  [{ body: {} }, true],
  [{ body: [] }, false],
  [{ body: 'x' }, false],
  [{ path: { dag_id: '~' } }, false],
  [{ path: { dag_id: 'a', dag_run_id: '~' } }, false],
  [{ body: { dag_id: '~' } }, false],
  [{ body: { dag_run_id: '~' } }, true],
  // A pool, variable or connection can have this name.
  [{ path: { pool_name: '~' } }, true],
])('%j can be read: %s', (call, isRead) => {
  expect(read(call) !== undefined).toBe(isRead);
});
