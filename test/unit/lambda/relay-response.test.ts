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

const MEGABYTE = 1024 * 1024;

describe('a result that does not fit into the payload', () => {
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

describe('an answer and messages that do not fit into the payload', () => {
  const getBody = (members: object) => {
    const response = toResultResponse({ environment: 'prod', ...members }, 'succeeded');
    expect(encode(response).length).toBeLessThanOrEqual(MAX_RELAY_RESPONSE_BYTES);
    return response.body as Record<string, unknown>;
  };
  const createMessages = (text: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ stream: 'stderr', kind: at % 2 ? 'notice' : 'text', text }));

  test('are not changed if they fit', () => {
    const answer = `["${'x'.repeat(2 * MEGABYTE)}"]`;
    const members = { answer, messages: createMessages('y\n', 10_000), output: ['x'.repeat(2 * MEGABYTE)] };
    expect(getBody(members)).toEqual({ environment: 'prod', ...members });
  });

  test('keep the output, the beginning of the answer and the last messages', () => {
    const output = ['x'.repeat(4 * MEGABYTE)];
    const messages = [...createMessages('x\n', 100_000), { stream: 'stderr', kind: 'text', text: 'the end\n' }];
    const body = getBody({ answer: `["${'x'.repeat(4 * MEGABYTE)}"]`, messages, output });

    expect(body.output).toBe(output);
    expect(body).toMatchObject({ answerTruncated: true, messagesTruncated: true });
    expect((body.messages as object[]).at(-1)).toEqual(messages.at(-1));
  });

  test.each<[what: string, text: string, count: number]>([
    ['a million short lines', '\r\n', 1_000_000],
    ['control characters', '\u0001'.repeat(100), 50_000],
    ['long texts', '\u0001'.repeat(MEGABYTE), 4],
  ])('are truncated by what their JSON needs: %s', (_what, text, count) => {
    const body = getBody({ answer: text.repeat(3), messages: createMessages(text, count), output: null });
    expect(body).toMatchObject({ messagesTruncated: true, output: null });
    expect(body).not.toHaveProperty('outputTruncated');
  });

  test('of a problem, too', () => {
    const problem = new Problem('command-failed', 'No.', {
      answer: 'x'.repeat(7 * MEGABYTE),
      messages: createMessages('y\n', 200_000),
      output: null,
    });
    const response = toProblemResponse(problem, 'r-1');

    expect(encode(response).length).toBeLessThanOrEqual(MAX_RELAY_RESPONSE_BYTES);
    expect(response.body).toMatchObject({ answerTruncated: true, messagesTruncated: true, detail: 'No.' });
  });
});
