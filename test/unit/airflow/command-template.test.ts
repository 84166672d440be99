import { describe, expect, test } from 'vitest';
import { fillCommandTemplate, parseCommandTemplate, parseFilledTemplate } from '../../../airflow/command-template.ts';
import { parseJsonKeepingNumbers } from '../../../airflow/parse-json.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const parse = (source: string | readonly string[]) =>
  parseCommandTemplate(
    source,
    (name) => ['key', 'id'].includes(name) || name.startsWith('detail.'),
    'Placeholders: {key}, {id}',
  );
const toMap = (values: object) => new Map(Object.entries(values));

describe('fills in', () => {
  test.each<[what: string, source: string | readonly string[], values: object, words: string[]]>([
    ['nothing', 'dags list', {}, ['dags', 'list']],
    ['a word', 'dags trigger {key}', { key: 'a b' }, ['dags', 'trigger', 'a b']],
    ['a word of a list', ['dags', 'trigger', '{key}'], { key: "it's" }, ['dags', 'trigger', "it's"]],
    ['the value of an option', 'x --run-id={id}', { id: 'a=b' }, ['x', '--run-id=a=b']],
    ['a number', 'x --n={detail.size}', { 'detail.size': 12 }, ['x', '--n=12']],
    ['a boolean', 'x {detail.on}', { 'detail.on': false }, ['x', 'false']],
    ['an object', 'x --conf={detail.a}', { 'detail.a': { b: [1] } }, ['x', '--conf={"b":[1]}']],
    ['an empty string', 'x {key}', { key: '' }, ['x', '']],
    ['a string in JSON', `x '{"a": "{key}", "b": 1.0}'`, { key: '"\n' }, ['x', '{"a":"\\"\\n","b":1.0}']],
    ['a number in JSON', `x --conf='{"a": ["{detail.n}"]}'`, { 'detail.n': 3 }, ['x', '--conf={"a":[3]}']],
    ['null in JSON', `x '["{detail.n}"]'`, { 'detail.n': null }, ['x', '[null]']],
    ['one value several times', 'x {key} {key}', { key: 'k' }, ['x', 'k', 'k']],
    ['no value that looks like a placeholder', 'x {key}', { key: '{id}', id: 'i' }, ['x', '{id}']],
  ])('%s: %j', (_what, source, values, words) => {
    expect(fillCommandTemplate(parse(source), toMap(values))).toEqual(words);
  });

  test('numbers as they are written', () => {
    const values = new Map(
      Object.entries(parseJsonKeepingNumbers('{"id": 12345678901234567890, "key": 1.0}') as object),
    );
    expect(fillCommandTemplate(parse(`x {id} '["{key}"]'`), values)).toEqual(['x', '12345678901234567890', '[1.0]']);
  });
});

test.each<[problem: string, source: string, message: RegExp]>([
  ['a part of a word', 'dags trigger report_{key}', /\{key\} in "?report_\{key\}"? is only a part of a value/],
  ['a part of the value of an option', 'x --run-id=a-{id}', /only a part of a value/],
  ['a part of a string in JSON', `x '{"a": "s3://{key}"}'`, /only a part of a value/],
  ['two in a word', 'x {key}{id}', /only a part of a value/],
  ['another name', 'x {user}', /^\{user\} is not a placeholder\. Placeholders: \{key\}, \{id\}\.$/],
  ['another name in JSON', `x '["{user}"]'`, /not a placeholder/],
  ['blanks in the braces', `x '["{ key }"]'`, /not a placeholder/],
  ['an index', 'x {detail.items[0].id}', /not a placeholder/],
  ['a name of a member', `x '{"{key}": 1}'`, /is a name in JSON/],
  ['a quote that is not closed', "x 'a", /not closed/],
])('rejects %s', (_problem, source, message) => expect(() => parse(source)).toThrow(message));

test.each<[problem: string, values: object, message: RegExp]>([
  ['no value', {}, /^There is no value for \{key\}\.$/],
  ['null', { key: null }, /is null/],
])('rejects %s', (_problem, values, message) => {
  expect(() => fillCommandTemplate(parse('x {key}'), toMap(values))).toThrow(message);
});

describe('a value is only a value', () => {
  const samples = toMap({ key: 'k', id: 'i' });
  test.each<[source: string, values: object]>([
    ['dags trigger {key}', { key: 'daily_report' }],
    ['dags trigger {key} --run-id={id}', { key: 'a', id: '--conf={}' }],
  ])('%s %j', (source, values) => {
    expect(parseFilledTemplate(AIRFLOW_2, parse(source), toMap(values), samples).command.path).toEqual([
      'dags',
      'trigger',
    ]);
  });

  test.each<[what: string, source: string, values: object]>([
    ['an option in place of a word', 'dags trigger a {key}', { key: '--conf={}' }],
    ['a positional in place of an option', 'variables set {key} {id}', { key: '-j', id: 'v' }],
    ['a switch that lets another word move up', 'variables set {key} {id} extra', { key: '--json', id: 'v' }],
    ['an option with its own value', 'dags trigger {key} {id}', { key: '--run-id', id: 'x' }],
  ])('not %s', (_what, source, values) => {
    expect(() => parseFilledTemplate(AIRFLOW_2, parse(source), toMap(values), samples)).toThrow();
  });

  test('also where the command would be valid', () => {
    const source = 'variables set a {key}';
    expect(() => parseFilledTemplate(AIRFLOW_2, parse(`${source} b`), toMap({ key: '--json' }), samples)).toThrow();
    const template = parse('dags list-runs --dag-id d {key}');
    expect(() =>
      parseFilledTemplate(AIRFLOW_2, template, toMap({ key: '--no-backfill' }), toMap({ key: '--state=failed' })),
    ).toThrow(/has become an option/);
  });
});
