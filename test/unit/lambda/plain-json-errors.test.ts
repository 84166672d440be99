import { describe, expect, test } from 'vitest';
import { plainJsonErrors } from '../../../lambda/front/plain-json-errors.ts';

const PROBLEM = 'application/problem+json';
const PLAIN = 'application/json';

/** Returns the content type of a response with this status and content type. */
function adapt(step: 'after' | 'onError', path: string | undefined, statusCode: number, contentType: string): string {
  const headers: Record<string, string> = { 'content-type': contentType };
  const event = { pathParameters: path === undefined ? { environment: 'prod' } : { environment: 'prod', path } };
  plainJsonErrors()[step]?.({ event, response: { statusCode, headers, body: '' } } as never);
  return headers['content-type']!;
}

describe.each(['after', 'onError'] as const)('%s', (step) => {
  test.each<[path: string | undefined, status: number, contentType: string, expected: string]>([
    ['v2/dags', 403, PROBLEM, PLAIN],
    ['v2/dags', 424, PROBLEM, PLAIN],
    ['v2/dags', 503, PROBLEM, PROBLEM],
    ['v2/dags', 200, 'text/plain', 'text/plain'],
    ['v1/dags', 403, PROBLEM, PROBLEM],
    [undefined, 403, PROBLEM, PROBLEM],
  ])('%s %i %s: %s', (path, status, contentType, expected) => {
    expect(adapt(step, path, status, contentType)).toBe(expected);
  });
});

test('without a response there is nothing to do', () => {
  const event = { pathParameters: { path: 'v2/dags' } };
  expect(() => plainJsonErrors().onError?.({ event, response: null } as never)).not.toThrow();
});
