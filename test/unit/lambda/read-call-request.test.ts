import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { MAX_CALL_BODY_BYTES } from '../../../lambda/event/body-limits.ts';
import { readCallRequest } from '../../../lambda/event/read-call-request.ts';

const ROUTE = { method: 'POST', path: '/api/v2/dags/d/dagRuns' };

const read = (event: Partial<APIGatewayProxyEvent>) =>
  readCallRequest({ multiValueHeaders: {}, ...event } as APIGatewayProxyEvent, ROUTE);
const withType = (...values: string[]) => ({ body: '{}', multiValueHeaders: { 'Content-Type': values } });

describe('a request for the REST API', () => {
  test.each<[event: Partial<APIGatewayProxyEvent>, expected: object]>([
    [{}, { query: [] }],
    [{ body: null, multiValueQueryStringParameters: null }, { query: [] }],
    [{ body: '' }, { query: [] }],
    [{ body: '{"a":"é"}' }, { query: [], body: '{"a":"é"}' }],
    [
      { body: Buffer.from('{"a":"é"}').toString('base64'), isBase64Encoded: true },
      { query: [], body: '{"a":"é"}' },
    ],
    // Without a body, the content type has no meaning.
    [{ multiValueHeaders: { 'content-type': ['text/plain', 'x'] } }, { query: [] }],
    [withType('application/json'), { query: [], body: '{}' }],
    [withType('Application/JSON ; charset="UTF-8"'), { query: [], body: '{}' }],
    [
      { multiValueQueryStringParameters: { state: ['a', 'b'], limit: ['5'], empty: undefined } },
      {
        query: [
          ['state', 'a'],
          ['state', 'b'],
          ['limit', '5'],
        ],
      },
    ],
    [{ multiValueHeaders: { 'Idempotency-Key': ['k-1'] } }, { query: [], idempotencyKey: 'k-1' }],
    [
      { body: `"${'x'.repeat(MAX_CALL_BODY_BYTES - 2)}"` },
      { query: [], body: `"${'x'.repeat(MAX_CALL_BODY_BYTES - 2)}"` },
    ],
  ])('row %#', (event, expected) => {
    expect(read(event)).toStrictEqual({ kind: 'call', ...ROUTE, ...expected });
  });

  test.each<[event: Partial<APIGatewayProxyEvent>, code: string, detail: string]>([
    [
      { body: 'x'.repeat(MAX_CALL_BODY_BYTES + 1) },
      'request-too-large',
      `The request body has ${MAX_CALL_BODY_BYTES + 1} bytes. Request bodies are limited to ${MAX_CALL_BODY_BYTES} bytes.`,
    ],
    [
      withType('text/plain'),
      'unsupported-media-type',
      'The content type text/plain is not supported. Use application/json in UTF-8.',
    ],
    [withType('application/json5'), 'unsupported-media-type', 'The content type application/json5 is not supported'],
    [withType(''), 'unsupported-media-type', 'The content type  is not supported'],
    [withType('application/json; charset=latin1'), 'unsupported-media-type', 'The charset latin1 is not supported'],
    [withType('application/json', 'application/json'), 'malformed-request', 'Send one Content-Type header.'],
    [{ body: '\ufeff{}' }, 'malformed-request', 'byte order mark'],
    [{ body: '/w==', isBase64Encoded: true }, 'malformed-request', 'not valid UTF-8'],
    [
      { multiValueQueryStringParameters: { state: ['a', 'b\ufffd'] } },
      'malformed-request',
      'The query is not valid UTF-8.',
    ],
    [{ multiValueQueryStringParameters: { '\ufffd': ['a'] } }, 'malformed-request', 'The query is not valid UTF-8.'],
  ])('is refused: row %#', (event, code, detail) => {
    expect(() => read(event)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(detail) }));
  });
});
