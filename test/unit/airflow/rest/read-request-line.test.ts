import { describe, expect, test } from 'vitest';
import { readRequestLine } from '../../../../airflow/rest/read-request-line.ts';

describe('the first line of a request for the REST API', () => {
  test.each<[text: string, method: string, path: string, query: [string, string][]]>([
    ['GET /api/v2/dags', 'GET', '/api/v2/dags', []],
    ['  POST   /api/v1/dags/a%20b/dagRuns ', 'POST', '/api/v1/dags/a%20b/dagRuns', []],
    [
      'GET /api/v2/dags?limit=5&tags=a&tags=b%26c',
      'GET',
      '/api/v2/dags',
      [
        ['limit', '5'],
        ['tags', 'a'],
        ['tags', 'b&c'],
      ],
    ],
    [
      'GET /api/v2/dags?x=a+b&y&z==',
      'GET',
      '/api/v2/dags',
      [
        ['x', 'a b'],
        ['y', ''],
        ['z', '='],
      ],
    ],
    ['GET /api/v2/dags?', 'GET', '/api/v2/dags', []],
    // What follows decides about the method and the path.
    ['get /dags', 'get', '/dags', []],
  ])('%s', (text, method, path, query) => {
    expect(readRequestLine(text)).toEqual({ method, path, query });
  });

  test.each([
    '',
    'GET',
    '/api/v2/dags',
    'GET api/v2/dags',
    'GET https://airflow.example.com/api/v2/dags',
    'GET /api/v2/dags HTTP/1.1',
    'GET /api/v2/dags#top',
    'GET /api/v2/dags?x=1#top',
    '1GET /api/v2/dags',
    'M-SEARCH /api/v2/dags',
    'GET /api/v2/dags?x=a b',
  ])('is not %j', (text) => {
    expect(() => readRequestLine(text)).toThrow(
      expect.objectContaining({ code: 'unreadable', message: expect.stringContaining('METHOD PATH') }),
    );
  });

  test('has a query in UTF-8', () => {
    expect(() => readRequestLine('GET /api/v2/dags?x=%ff')).toThrow(
      expect.objectContaining({ code: 'unreadable', message: 'The query is not valid UTF-8.' }),
    );
  });
});
