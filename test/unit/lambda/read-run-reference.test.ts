import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { readRunReference } from '../../../lambda/event/read-run-reference.ts';

const read = (multiValueQueryStringParameters: Record<string, string[]> | null) =>
  readRunReference({ multiValueQueryStringParameters } as APIGatewayProxyEvent);

test('reads ids with every character as they are', () => {
  const runId = "manual__2026-11-22T00:00:00+00:00 %2F /?&#'é🚀";
  expect(read({ dagId: ['a/b c'], runId: [runId] })).toEqual({ dagId: 'a/b c', runId });
});

test.each<[what: string, query: Record<string, string[]> | null]>([
  ['no query', null],
  ['no run id', { dagId: ['d'] }],
  ['no DAG id', { runId: ['r'] }],
  ['an empty id', { dagId: [''], runId: ['r'] }],
  ['two run ids', { dagId: ['d'], runId: ['r', 's'] }],
  ['an id that was not UTF-8', { dagId: ['d'], runId: ['a\ufffdb'] }],
  ['another parameter', { dagId: ['d'], runId: ['r'], state: ['failed'] }],
  ['an inherited name', { dagId: ['d'], runId: ['r'], toString: ['x'] }],
])('rejects %s', (_what, query) => {
  expect(() => read(query)).toThrow(
    expect.objectContaining({ code: 'malformed-request', message: expect.stringContaining('?dagId=DAG&runId=RUN') }),
  );
});
