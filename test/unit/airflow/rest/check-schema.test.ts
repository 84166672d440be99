import { describe, expect, test } from 'vitest';
import { parseJsonKeepingNumbers } from '../../../../airflow/parse-json.ts';
import { readValue } from '../../../../airflow/rest/check-schema.ts';
import type { Schema } from '../../../../airflow/rest/operation.ts';

const SCHEMAS: Readonly<Record<string, Schema>> = {
  State: { type: 'string', enum: ['queued', 'failed'] },
  Run: { type: 'object', properties: { id: { type: 'string' }, state: { $ref: 'State' } }, required: ['id'] },
  OrNull: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  Named: { type: 'object', properties: { name: { $ref: 'OrNull' } }, required: ['name'] },
};
const DATE: Schema = { type: 'string', format: 'date-time' };
const LETTERS: Schema = { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 3 };
const RANGE: Schema = { type: 'integer', minimum: 1, maximum: 3 };
const LIST: Schema = { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 2 };
const OPEN: Schema = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true };
const TEXTS: Schema = { type: 'object', additionalProperties: { type: 'string' } };
const EITHER: Schema = { anyOf: [{ type: 'string' }, { $ref: 'Run' }, { type: 'array', items: { type: 'string' } }] };
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const read = (schema: Schema, text: string) => {
  const { value, fault } = readValue(SCHEMAS, schema, parseJsonKeepingNumbers(text), 'x');
  return fault ?? JSON.stringify(value);
};

describe('a value that a schema accepts', () => {
  test.each<[schema: Schema, text: string, sent?: string]>([
    [{}, '{"a":[1.0,null]}'],
    [{ type: 'string' }, '"a"'],
    [{ type: 'null' }, 'null'],
    [{ type: 'boolean' }, 'false'],
    [{ type: 'number' }, '1.50'],
    [{ type: 'integer' }, '-123456789012345678'],
    [{ type: 'object' }, '{"any":{"thing":1}}'],
    [{ type: 'array' }, '[1,"a"]'],
    [{ $ref: 'State' }, '"failed"'],
    [{ $ref: 'Unknown' }, '1'],
    [{ enum: [null, 'a', true] }, 'null'],
    [LETTERS, '"ab"'],
    [LETTERS, '"abc"'],
    // Characters, not UTF-16 units.
    [{ type: 'string', maxLength: 2 }, '"🙂🙂"'],
    [{ type: 'string', pattern: '^.$' }, '"🙂"'],
    [RANGE, '1'],
    [RANGE, '3'],
    [{ type: 'number', exclusiveMinimum: 0 }, '0.5'],
    [LIST, '[1]'],
    [LIST, '[1,2]'],
    [DATE, '"2026-11-22T00:00:00Z"'],
    [DATE, '"2026-11-22 00:00+01:00"'],
    [DATE, '"2026-11-22T00:00:00.123456789-12:00"'],
    [{ type: 'string', format: 'uuid' }, '"any text"'],
    [{ $ref: 'Run' }, '{"id":"r","state":"failed"}'],
    [{ $ref: 'Run' }, '{"id":"r","partition_key":null}', '{"id":"r"}'],
    [OPEN, '{"a":"x","b":null}'],
    [TEXTS, '{"a":"x","b":"y"}'],
    [EITHER, '"a"'],
    [EITHER, '{"id":"r","new":null}', '{"id":"r"}'],
    [{ $ref: 'Named' }, '{"name":null}'],
    [{}, deep(501)],
    [{}, '{"__proto__":{"a":1},"constructor":1}'],
  ])('%j: %s', (schema, text, sent = text) => {
    expect(read(schema, text)).toBe(sent);
  });
});

describe('a value that a schema does not accept', () => {
  test.each<[schema: Schema, text: string, fault: string]>([
    [{ type: 'string' }, '1', 'x must be text'],
    [{ type: 'string' }, 'null', 'x must be text'],
    [{ type: 'null' }, '0', 'x must be null'],
    [{ type: 'boolean' }, '"true"', 'x must be true or false'],
    [{ type: 'number' }, '"1"', 'x must be a number'],
    [{ type: 'integer' }, '1.0', 'x must be an integer'],
    [{ type: 'integer' }, '1e3', 'x must be an integer'],
    [{ type: 'integer' }, '1234567890123456789', 'x must be an integer'],
    [{ type: 'integer' }, '"1"', 'x must be an integer'],
    [{ type: 'object' }, '[]', 'x must be an object'],
    [{ type: 'object' }, '1', 'x must be an object'],
    [{ type: 'array' }, '{}', 'x must be a list'],
    [{ $ref: 'State' }, '"FAILED"', 'x must be one of queued, failed'],
    [{ enum: ['only'] }, '"other"', 'x must be only'],
    [{ enum: [1] }, '"1"', 'x must be 1'],
    [LETTERS, '"a"', 'x must have at least 2 characters'],
    [LETTERS, '"abcd"', 'x must have at most 3 characters'],
    [LETTERS, '"aB"', 'x must match ^[a-z]+$'],
    [{ type: 'string' }, '"\\ud800"', 'x contains an unpaired surrogate'],
    [RANGE, '0', 'x must be at least 1'],
    [RANGE, '4', 'x must be at most 3'],
    [{ type: 'number', exclusiveMinimum: 0 }, '0', 'x must be greater than 0'],
    [{}, '1e400', 'x is larger than numbers can be'],
    [{}, '{"a":[-1e400]}', 'x.a[0] is larger than numbers can be'],
    [LIST, '[]', 'x must have at least 1 items'],
    [LIST, '[1,2,3]', 'x must have at most 2 items'],
    [LIST, '[1,"2"]', 'x[1] must be an integer'],
    [DATE, '"2026-11-22"', 'x must be a date and time with an offset, such as 2026-11-22T00:00:00Z'],
    [DATE, '"2026-11-22T00:00:00"', 'x must be a date and time with an offset, such as 2026-11-22T00:00:00Z'],
    [DATE, '"x2026-11-22T00:00:00Z"', 'x must be a date and time with an offset, such as 2026-11-22T00:00:00Z'],
    [DATE, '"2026-11-22T00:00:00Zx"', 'x must be a date and time with an offset, such as 2026-11-22T00:00:00Z'],
    [
      { type: 'string', format: 'datetime' },
      '"now"',
      'x must be a date and time with an offset, such as 2026-11-22T00:00:00Z',
    ],
    [{ $ref: 'Run' }, '{"state":"failed"}', 'x.id is missing'],
    [{ $ref: 'Named' }, '{}', 'x.name is missing: add it, null if it has no value'],
    [{ $ref: 'Run' }, '{"id":"r","state":"x"}', 'x.state must be one of queued, failed'],
    [{ $ref: 'Run' }, '{"id":"r","new":1}', 'x.new is not a member that this release knows'],
    [{ $ref: 'Run' }, '{"id":"r","a b":1}', 'x[…] is not a member that this release knows'],
    [{ $ref: 'Run' }, `{"id":"r","${'a'.repeat(65)}":1}`, 'x[…] is not a member that this release knows'],
    [{ $ref: 'Run' }, '{"id":"r","__proto__":{}}', 'x.__proto__ is not a member that this release knows'],
    [{ $ref: 'Run' }, '{"id":"r","toString":"x"}', 'x.toString is not a member that this release knows'],
    [TEXTS, '{"a":1}', 'x.a must be text'],
    [OPEN, '{"\\udfff":1}', 'a name of a member of x contains an unpaired surrogate'],
    // The fault is that of the alternative for values of this type.
    [EITHER, '{"state":"failed"}', 'x.id is missing'],
    [EITHER, '["a",1]', 'x[1] must be text'],
    [EITHER, 'true', 'x must be text'],
    [{ anyOf: [] }, 'true', 'x is not allowed'],
    [{}, deep(502), `x${'[0]'.repeat(501)} has more than 500 levels`],
    [{}, `{"a":${'{"a":'.repeat(501)}1${'}'.repeat(502)}`, `x${'.a'.repeat(501)} has more than 500 levels`],
    [{ anyOf: [{}] }, deep(501), `x${'[0]'.repeat(500)} has more than 500 levels`],
  ])('%j: %s', (schema, text, fault) => {
    expect(read(schema, text)).toBe(fault);
  });
});
