import { expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import type { ProblemCode } from '../../../contract/problem-types.ts';
import { toProblemResponse } from '../../../lambda/event/http-response.ts';

test('a problem response follows RFC 9457 and includes the data of the problem', () => {
  const { statusCode, headers, body } = toProblemResponse(new Problem('not-granted', 'No.', { granted: [] }), 'r-1');
  expect({ statusCode, headers, body: JSON.parse(`${body}`) }).toEqual({
    statusCode: 403,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    body: {
      type: 'urn:mwaa-cli-proxy:problem:not-granted',
      title: 'The request is not granted to the caller',
      status: 403,
      detail: 'No.',
      requestId: 'r-1',
      retrySafe: true,
      granted: [],
    },
  });
});

test.each<[code: ProblemCode, data: Record<string, unknown>, retrySafe: boolean, retryAfter: string | undefined]>([
  ['airflow-busy', {}, true, '5'],
  ['airflow-busy', { retryAfterSeconds: 9 }, true, '9'],
  ['environment-not-available', {}, true, '60'],
  ['airflow-timeout', {}, true, undefined],
  ['outcome-unknown', {}, false, undefined],
  ['outcome-unknown', { retrySafe: true, retryAfterSeconds: 3 }, true, '3'],
])('%s with %j: retrySafe %s, Retry-After %s', (code, data, retrySafe, retryAfter) => {
  const { headers, body } = toProblemResponse(new Problem(code, 'x', data), 'r-1');
  expect(headers['retry-after']).toBe(retryAfter);
  expect(JSON.parse(`${body}`)).toMatchObject({ retrySafe });
  expect(JSON.parse(`${body}`)).not.toHaveProperty('retryAfterSeconds');
});
