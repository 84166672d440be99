import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../../../airflow/refusal.ts';
import type { OperationCatalog, Schema } from '../../../../airflow/rest/operation.ts';
import { parseCall, type RestRequest } from '../../../../airflow/rest/parse-call.ts';
import { renderCall } from '../../../../airflow/rest/render-call.ts';

const readOperations = (release: string): OperationCatalog =>
  JSON.parse(
    readFileSync(new URL(`../../../../airflow/operations/${release}.json`, import.meta.url), 'utf8'),
  ) as OperationCatalog;
const CATALOGS = { two: readOperations('2.10.3'), three: readOperations('3.0.6'), new: readOperations('3.3.1') };
type CatalogName = keyof typeof CATALOGS;

/** Reads `METHOD /path?query` and a body, as an HTTP server does. */
function toRequest(line: string, body?: string): RestRequest {
  const [method = '', target = ''] = line.split(/ (.*)/s);
  const [path = '', search = ''] = target.split(/\?(.*)/s);
  return { method, path, query: [...new URLSearchParams(search)], ...(body === undefined ? {} : { body }) };
}

const send = (name: CatalogName, line: string, body?: string): string => {
  const catalog = CATALOGS[name];
  const { method, target, body: sent } = renderCall(catalog, parseCall(catalog, toRequest(line, body)));
  return `${method} ${target}${sent === undefined ? '' : ` ${sent}`}`;
};

/** A body with a list of so many values. */
const wide = (count: number, open = ''): string =>
  `{"conf":{"a":[${Array.from({ length: count }, () => `${open}1${open.replace('[', ']').replace('{"":', '}')}`).join(',')}]}}`;

test('a body can have 50,000 values, and any number of commas in a text', () => {
  // Three open an object or the list, and each value but the first has a comma.
  for (const body of [wide(49_998), `{"note":"\\\\\\"${',['.repeat(60_000)}"}`]) {
    expect(send('two', 'POST /api/v1/dags/d/dagRuns', body)).toBe(`POST /api/v1/dags/d/dagRuns ${body}`);
  }
  expect(() => send('two', 'POST /api/v1/dags/d/dagRuns', wide(49_999))).toThrow('more than 50000 values');
});

describe('a request that an operation accepts', () => {
  const RUN = '{"dag_run_id":"r1","conf":{"day":1.0,"big":12345678901234567890}}';

  test.each<[CatalogName, string, string?, string?]>([
    ['two', 'GET /api/v1/dags'],
    ['two', 'GET /api/v1/dags/daily_report'],
    ['two', 'GET /api/v1/dags/daily%5Freport', undefined, 'GET /api/v1/dags/daily_report'],
    ['two', 'GET /api/v1/dags/%C3%BCber'],
    ['two', 'GET /api/v1/dags/~/dagRuns?limit=5'],
    ['two', 'GET /api/v1/dags/%7E/dagRuns', undefined, 'GET /api/v1/dags/~/dagRuns'],
    [
      'two',
      'GET /api/v1/dags/d/dagRuns?state=failed&state=running',
      undefined,
      'GET /api/v1/dags/d/dagRuns?state=failed%2Crunning',
    ],
    ['two', 'GET /api/v1/dags/d/dagRuns?execution_date_gte=2026-11-22T00%3A00%3A00%2B00%3A00'],
    ['two', 'POST /api/v1/dags/d/dagRuns', RUN],
    ['two', 'POST /api/v1/dags/d/dagRuns', '{}'],
    ['two', 'PATCH /api/v1/dags/d?update_mask=is_paused', '{"is_paused":true}'],
    ['two', 'POST /api/v1/dags/~/dagRuns/list', '{"dag_ids":["d"]}'],
    ['three', 'GET /api/v2/dags?limit=50&offset=0'],
    ['three', 'GET /api/v2/dags?paused=true&tags=a&tags=b'],
    ['three', 'POST /api/v2/dags/d/dagRuns', '{"logical_date":null}'],
    // `airflowctl` 0.1.5 sends what 3.2 has added.
    [
      'three',
      'POST /api/v2/dags/d/dagRuns',
      '{"logical_date":null,"partition_key":null}',
      'POST /api/v2/dags/d/dagRuns {"logical_date":null}',
    ],
    ['three', 'PATCH /api/v2/variables/a.b', '{"key":"a.b","value":"x"}'],
    // No body, and a body of nothing.
    ['new', 'POST /api/v2/assets/1/materialize'],
    ['new', 'POST /api/v2/assets/1/materialize', 'null'],
    ['two', 'POST /api/v1/dags/d/dagRuns', '{"conf":{"dag_id":"other"}}'],
    // A name in the path of an operation wins over a parameter.
    ['three', 'GET /api/v2/assets/aliases'],
    ['two', 'GET /api/v1/dags/d/dagRuns/r/taskInstances/t/listMapped'],
    ['two', 'GET /api/v1/dags?tags=a,b&tags=c', undefined, 'GET /api/v1/dags?tags=a%2Cb%2Cc'],
    // One text with commas, and texts with commas.
    ['two', 'GET /api/v1/dagStats?dag_ids=a,b', undefined, 'GET /api/v1/dagStats?dag_ids=a%2Cb'],
    ['three', 'GET /api/v2/dagStats?dag_ids=a,b&dag_ids=c', undefined, 'GET /api/v2/dagStats?dag_ids=a%2Cb&dag_ids=c'],
    ['three', 'GET /api/v2/dags/~/dagRuns/~/taskInstances?state=failed&state=success'],
    ['new', 'GET /api/v2/dags/d/dagRuns?state=failed&run_type=manual&limit=0'],
    ['new', 'PATCH /api/v2/dags/d/dagRuns/r%3A1', '{"note":"x"}', 'PATCH /api/v2/dags/d/dagRuns/r%3A1 {"note":"x"}'],
    ['new', 'DELETE /api/v2/dags/d/dagRuns/manual__2026-11-22T00%3A00%3A00%2B00%3A00'],
  ])('%s: %s %s', (name, line, body, expected) => {
    expect(send(name, line, body)).toBe(expected ?? `${line}${body === undefined ? '' : ` ${body}`}`);
  });
});

describe('a request that is refused', () => {
  test.each<[CatalogName, string, RegExp, string?]>([
    // Paths.
    ['two', 'GET /api/v1/dags/plain%2FdagRuns', /cannot contain \//],
    ['two', 'GET /api/v1/dags/plain%5CdagRuns', /cannot contain \\/],
    ['two', 'GET /api/v1/dags/plain%252FdagRuns', /cannot contain %/],
    ['two', 'GET /api/v1/dags/a%3Fb', /cannot contain \?/],
    ['two', 'GET /api/v1/dags/a%23b', /cannot contain #/],
    ['two', 'GET /api/v1/dags/a;b=1', /cannot contain ;/],
    ['two', 'GET /api/v1/dags/a%00', /U\+0000/],
    ['two', 'GET /api/v1/dags/a%0A', /U\+000A/],
    ['two', 'GET /api/v1/dags/%C2%85', /U\+0085/],
    ['two', 'GET /api/v1/dags/%FF', /not UTF-8/],
    ['two', 'GET /api/v1/dags/%C0%AF', /not UTF-8/],
    ['two', 'GET /api/v1/dags/%', /not UTF-8/],
    ['two', 'GET /api/v1/dags/..', /cannot be \. or \.\./],
    ['two', 'GET /api/v1/dags/%2e%2E/variables', /cannot be \. or \.\./],
    ['two', 'GET /api/v1/./dags', /cannot be \. or \.\./],
    ['two', 'GET /api/v1//dags', /two slashes in a row/],
    ['two', 'GET /api/v1/dags/', /ends with a slash\. Remove it/],
    ['two', 'GET /api/v1/', /ends with a slash/],
    ['two', 'GET /api/v2/dags', /has the API \/api\/v1, not \/api\/v2/],
    ['three', 'GET /api/v1/dags', /has the API \/api\/v2, not \/api\/v1/],
    ['three', 'GET /api/v2x/dags', /must begin with/],
    ['three', 'GET /auth/token', /must begin with/],
    ['three', 'GET /ui/dags', /must begin with/],
    ['three', 'GET /api/v2/../../ui/dags', /cannot be \. or \.\./],
    ['three', 'GET /api/v2', /must begin with/],
    ['three', 'GET /api/v1', /has the API \/api\/v2, not \/api\/v1/],
    ['three', 'GET /api/v1x/dags', /must begin with \/api\/v2\//],
    ['three', 'GET /api/v2/assets/x', /\{asset_id\} in the path must be an integer, not "x"/],
    ['three', 'GET /api/v2/assets/01', /\{asset_id\} in the path must be an integer/],
    ['three', 'GET /api/v2/assets/1%20', /\{asset_id\} in the path must be an integer/],
    ['new', 'GET /api/v2/dags/d/dagRuns/r/wait', /The proxy does not offer GET .*\/wait\. Airflow keeps/],
    ['new', 'GET /api/v2/auth/login', /The proxy does not offer GET \/auth\/login\. Airflow answers/],
    ['two', 'GET /api/v1/dags/a%7F', /U\+007F/],
    ['two', 'GET /api/v1/dags/a%1F', /U\+001F/],
    ['two', 'GET /api/v1/dag', /no operation for \/dag\. Did you mean "\/dags"\?/],
    ['three', 'GET /api/v2/dags/a/dagRun', /no operation for \/dags\/a\/dagRun\. Did you mean "\/dags\/a\/dagRuns"\?/],
    ['two', 'GET /api/v1/DAGS', /no operation/],
    ['two', 'HEAD /api/v1/dags', /has GET, PATCH, not HEAD/],
    ['two', 'get /api/v1/dags', /not get/],
    ['three', 'OPTIONS /api/v2/dags', /not OPTIONS/],
    // Query.
    ['three', 'GET /api/v2/dags/d/dagRuns?run_id_pattern=x', /no query parameter "run_id_pattern" in Airflow 3\.0\.6/],
    ['three', 'GET /api/v2/dags/d/dagRuns?execution_date_gte=2026-01-01', /no query parameter "execution_date_gte"/],
    ['three', 'GET /api/v2/dags?Limit=1', /no query parameter "Limit".* Did you mean "limit"/],
    ['three', 'GET /api/v2/dags?limit=1&limit=2', /is there 2 times/],
    ['three', 'GET /api/v2/dags?limit=', /is empty/],
    ['three', 'GET /api/v2/dags/d/dagRuns?start_date_gte=2026-11-22T00:00:00+01:00', /\+ means a space\. Write %2B/],
    ['three', 'GET /api/v2/dags?limit=ten', /must be an integer, not "ten"/],
    ['three', 'GET /api/v2/dags?limit=1e3', /must be an integer/],
    ['three', 'GET /api/v2/dags?limit=-1', /at least 0/],
    ['three', 'GET /api/v2/dags?limit=007', /must be an integer/],
    ['three', 'GET /api/v2/dags?limit[]=1', /no query parameter/],
    ['three', 'GET /api/v2/dags?paused=maybe', /must be true or false/],
    ['three', 'GET /api/v2/dags?__proto__=1', /no query parameter/],
    ['three', 'GET /api/v2/dags?constructor=1', /no query parameter/],
    ['three', 'GET /api/v2/dags?dag_id_pattern=a%00', /control character/],
    ['two', 'GET /api/v1/dags?_method=DELETE', /no query parameter/],
    ['two', 'GET /api/v1/dagStats', /GET \/dagStats needs the query parameter "dag_ids"/],
    ['two', 'GET /api/v1/dagStats?dag_ids=a&dag_ids=b', /"dag_ids" is there 2 times\. Write it once/],
    ['two', 'GET /api/v1/dags?tags=a,', /"tags" is empty/],
    ['two', 'GET /api/v1/dags/d/dagRuns?state=', /"state" is empty/],
    ['new', 'GET /api/v2/dags?paused=', /"paused" is empty/],
    ['new', 'GET /api/v2/dags?tags_match_mode=some', /must be one of any, all, not "some"/],
    ['new', 'GET /api/v2/dags?limit=12345678901234567890', /must be an integer/],
    [
      'new',
      'GET /api/v2/dags?dag_run_start_date_gte=2026-11-22',
      /must be a date and time with an offset.*, not "2026-11-22"\.$/,
    ],
    ['new', 'GET /api/v2/dags?tags=%C2%85', /"tags" contains a control character/],
    // Bodies.
    ['two', 'POST /api/v1/dags/d/dagRuns', /needs a body/],
    ['two', 'POST /api/v1/dags/d/dagRuns', /not valid JSON/, '{'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /not valid JSON/, "{'conf': {}}"],
    ['two', 'POST /api/v1/dags/d/dagRuns', /not valid JSON/, '{"conf": NaN}'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /Body must be an object/, '[]'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /Body must be an object/, 'null'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /body\.dag_id is not a member/i, '{"dag_id":"other"}'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /body\.state is not a member/i, '{"state":"success"}'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /body\.conf must be an object/i, '{"conf":"{}"}'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /body\.dag_run_id must be text/i, '{"dag_run_id":7}'],
    ['three', 'POST /api/v2/dags/d/dagRuns', /body\.logical_date is missing: add it, null if it has no value/i, '{}'],
    [
      'three',
      'POST /api/v2/dags/d/dagRuns',
      /partition_key is not a member/,
      '{"logical_date":null,"partition_key":"x"}',
    ],
    ['three', 'GET /api/v2/dags', /has no body/, '{}'],
    ['three', 'DELETE /api/v2/dags/d', /has no body/, '{}'],
    ['three', 'PATCH /api/v2/dags/d', /must be true or false/, '{"is_paused":"true"}'],
    ['three', 'PATCH /api/v2/variables/k', /"key" in the body must be the \{variable_key\}/, '{"key":"l","value":"x"}'],
    ['three', 'PATCH /api/v2/variables/k', /The body contains "\*\*\*"/, '{"key":"k","value":"***"}'],
    ['two', 'POST /api/v1/dags/d/dagRuns', /more than 50000 values/, wide(50_001)],
    ['two', 'POST /api/v1/dags/d/dagRuns', /more than 50000 values/, wide(30_000, '[')],
    ['two', 'POST /api/v1/dags/d/dagRuns', /more than 50000 values/, wide(30_000, '{"":')],
    ['two', 'POST /api/v1/dags/d/dagRuns', /more than 50000 values/, `{"note":"\\"","conf":{"a":${wide(50_001)}}}`],
  ])('%s: %s: %s', (name, line, message, body) => {
    let refusal: unknown;
    try {
      refusal = send(name, line, body);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(Refusal);
    expect((refusal as Refusal).message).toMatch(message);
  });
});

test.each<[name: CatalogName, line: string, code: string, body?: string]>([
  ['three', 'GET /api/v1/dags', 'unknown-operation'],
  ['three', 'GET /ui/dags', 'unknown-operation'],
  ['two', 'GET /api/v1/nothing', 'unknown-operation'],
  ['two', 'PUT /api/v1/dags', 'unknown-operation'],
  ['new', 'GET /api/v2/dags/d/dagRuns/r/wait', 'unknown-operation'],
  ['two', 'GET /api/v1/dags/', 'unreadable'],
  ['two', 'GET /api/v1//dags', 'unreadable'],
  ['two', 'GET /api/v1/dags/%FF', 'unreadable'],
  ['two', 'GET /api/v1/dags/..', 'forbidden-character'],
  ['two', 'GET /api/v1/dags/a%2Fb', 'forbidden-character'],
  ['two', 'GET /api/v1/dags?dag_id_pattern=%00', 'forbidden-character'],
  ['two', 'GET /api/v1/dags?nothing=1', 'unknown-option'],
  ['two', 'GET /api/v1/dagStats', 'missing-argument'],
  ['two', 'GET /api/v1/dags?limit=1&limit=1', 'unexpected-value'],
  ['two', 'GET /api/v1/dags?limit=', 'invalid-value'],
  ['two', 'GET /api/v1/dags?limit=x', 'invalid-value'],
  ['two', 'DELETE /api/v1/dags/d', 'unexpected-argument', '{}'],
  ['two', 'POST /api/v1/dags/d/dagRuns', 'missing-argument'],
  ['two', 'POST /api/v1/dags/d/dagRuns', 'unreadable', '{'],
  ['two', 'POST /api/v1/dags/d/dagRuns', 'invalid-value', '[]'],
  ['two', 'POST /api/v1/dags/d/dagRuns', 'invalid-value', wide(50_001)],
])('%s: %s is refused as %s', (name, line, code, body) => {
  expect(() => send(name, line, body)).toThrow(expect.objectContaining({ code }));
});

describe('values of a query', () => {
  const catalog: OperationCatalog = {
    airflow: '9.9.9',
    basePath: '/api/v2',
    schemas: { LIST: { type: 'array', items: { type: 'integer' } } },
    operations: [
      {
        operationId: 'x',
        method: 'GET',
        path: '/x',
        pathParameters: {},
        query: {
          listed: { schema: { $ref: 'LIST' } },
          nullable: { schema: { anyOf: [{ type: 'null' }, { $ref: 'LIST' }] } },
          any: { schema: { type: 'array' } },
          joined: { schema: { $ref: 'LIST' }, joined: true },
          one: { schema: { type: 'integer' }, joined: true },
          long: { schema: { type: 'string', minLength: 5 } },
          decimal: { schema: { anyOf: [{ type: 'number', maximum: 60 }, { type: 'null' }] } },
        },
      },
    ],
  };
  const [operation] = catalog.operations;
  const parse = (search: string) =>
    parseCall(catalog, { method: 'GET', path: '/api/v2/x', query: [...new URLSearchParams(search)] });

  test.each<[search: string, query: object]>([
    ['', {}],
    ['listed=1', { listed: ['1'] }],
    ['listed=1&listed=2', { listed: ['1', '2'] }],
    ['nullable=1&nullable=2', { nullable: ['1', '2'] }],
    ['any=a,b&any=1', { any: ['a,b', '1'] }],
    ['joined=1,2&joined=3', { joined: ['1', '2', '3'] }],
    ['one=-1', { one: '-1' }],
    ['decimal=60.0', { decimal: '60.0' }],
    ['decimal=-0.5', { decimal: '-0.5' }],
    ['decimal=7', { decimal: '7' }],
    ['long=abcde&listed=7', { long: 'abcde', listed: ['7'] }],
  ])('%s', (search, query) => {
    expect(parse(search)).toStrictEqual({ operation, path: {}, query });
  });

  test.each<[search: string, message: string]>([
    ['listed=1,2', 'The query parameter "listed" must be an integer, not "1,2".'],
    ['listed=1&listed=x', 'The query parameter "listed" must be an integer, not "x".'],
    ['nullable=x', 'The query parameter "nullable" must be an integer, not "x".'],
    ['joined=1,', 'The query parameter "joined" is empty. Remove it, or write a value.'],
    ['one=1,2', 'The query parameter "one" must be an integer, not "1,2".'],
    ['one=1.0', 'The query parameter "one" must be an integer, not "1.0".'],
    ['one=1.000000000000000001', 'The query parameter "one" must be an integer, not "1.000000000000000001".'],
    ['decimal=60.5', 'The query parameter "decimal" must be at most 60, not "60.5".'],
    ['decimal=1e1', 'The query parameter "decimal" must be a number, not "1e1".'],
    ['long=abcd', 'The query parameter "long" must have at least 5 characters, not "abcd".'],
  ])('not %s', (search, message) => {
    expect(() => parse(search)).toThrow(message);
  });
});

/** A value that a parameter in a path accepts. */
function createExample({ anyOf, enum: values, format, type }: Schema = {}): string {
  if (anyOf !== undefined) return createExample(anyOf[0]);
  if (values !== undefined) return String(values[0]);
  if (format === 'uuid') return '0190d6f4-3c4e-7a1b-8a55-6ddc0a2a7f4b';
  return type === 'integer' ? '1' : 'x1';
}

test('every operation of every release is found by its own path, and sent as it was', () => {
  for (const catalog of Object.values(CATALOGS)) {
    for (const operation of catalog.operations) {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        createExample(operation.pathParameters[name]),
      );
      const request = { method: operation.method, path: `${catalog.basePath}${path}`, query: [] };
      const found = (() => {
        try {
          return parseCall(catalog, request).operation;
        } catch (error) {
          // Found, but it needs a body or a parameter, or the proxy does not offer it.
          return /needs (?:a body|the query parameter)|does not offer/.test(String(error)) ? operation : error;
        }
      })();
      expect(found, `${operation.method} ${path}`).toBe(operation);
    }
  }
});
