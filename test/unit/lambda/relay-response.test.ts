import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../contract/problem.ts';
import { MAX_RELAY_RESPONSE_BYTES } from '../../../contract/relay-request.ts';
import { readRelayResponse } from '../../../lambda/front/read-relay-response.ts';
import { toProblemResponse, toResultResponse } from '../../../lambda/relay/relay-response.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));

test('the front reads what the relay writes, without changing a byte of the body', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom('succeeded', 'unverified'),
      (body, outcome) => {
        const response = readRelayResponse(encode(toResultResponse(body, outcome)));
        expect(response).toMatchObject({ status: 200, result: outcome });
        expect(Buffer.from(response!.body).toString()).toBe(JSON.stringify(body));
      },
    ),
  );
});

test('a problem keeps its status, Retry-After and members', () => {
  const response = readRelayResponse(
    encode(toProblemResponse(new Problem('airflow-busy', 'Busy.', { a: 1 }), 'r-1', 7)),
  );
  expect(response).toMatchObject({ status: 503, result: 'airflow-busy', retryAfterSeconds: 5 });
  expect(JSON.parse(Buffer.from(response!.body).toString())).toMatchObject({ requestId: 'r-1', queuedMs: 7, a: 1 });
});

test.each([
  '',
  'null',
  '{}',
  '"x"',
  '{"errorMessage":"x","errorType":"y"}',
  '{"status":200,"result":"x","body":{}',
  '{"status":200,"result":"x","body":[]}',
  '{"status":200,"result":"x","body":{"a":1',
])('another payload is no response: %s', (payload) => {
  expect(readRelayResponse(Buffer.from(payload))).toBeUndefined();
});

describe('a result that does not fit into the payload', () => {
  const MEGABYTE = 1024 * 1024;
  const getBody = (members: object) => {
    const response = toResultResponse({ environment: 'prod', ...members }, 'succeeded');
    expect(encode(response).length).toBeLessThanOrEqual(MAX_RELAY_RESPONSE_BYTES);
    return response.body as Record<string, unknown>;
  };

  test('is not changed if it fits', () => {
    const members = { stdout: 'x'.repeat(2 * MEGABYTE), stderr: '', output: ['x'.repeat(2 * MEGABYTE)] };
    expect(getBody(members)).toEqual({ environment: 'prod', ...members });
  });

  test('keeps its output, and the beginning of stdout', () => {
    const output = ['x'.repeat(4 * MEGABYTE)];
    const body = getBody({ stdout: `["${'x'.repeat(4 * MEGABYTE)}"]`, stderr: '', output });
    expect(body.output).toBe(output);
    expect(body).toMatchObject({ stdoutTruncated: true });
    expect(`${body.stdout}`.length).toBe(MEGABYTE);
  });

  test('of control characters, which JSON writes with six bytes each', () => {
    expect(
      getBody({ stdout: '\u0001'.repeat(2 * MEGABYTE), stderr: '\u0001'.repeat(MEGABYTE), output: null }),
    ).toMatchObject({
      stdoutTruncated: true,
      stderrTruncated: true,
    });
  });

  test('leaves the output out as a last resort', () => {
    const body = getBody({ stdout: 'x', stderr: 'y'.repeat(MEGABYTE), output: ['x'.repeat(7 * MEGABYTE)] });
    expect(body).toMatchObject({ output: null, outputTruncated: true, stdout: '' });
  });
});
