import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { readCommandRequest, readRequestBody } from '../../../lambda/event/read-request-body.ts';

describe('readRequestBody', () => {
  test.each<[type: string, body: string, argv: string[]]>([
    ['text/plain', "dags trigger 'a b'\n", ['dags', 'trigger', 'a b']],
    ['text/plain; charset=utf-8', 'version', ['version']],
    ['Text/Plain;charset="UTF-8"', 'version é', ['version', 'é']],
    ['text/plain ; format=flowed ; charset = utf8', 'version', ['version']],
    ['text/plain', 'dags\r\n\tlist \r\n', ['dags', 'list']],
    ['application/json', '{\r\n"argv":\r\n["x", "🚀\ufffd"]\r\n}\r\n', ['x', '🚀\ufffd']],
    ['application/json', '{"command": "dags list"}', ['dags', 'list']],
    ['', '{"argv": ["dags", "list"]}', ['dags', 'list']],
    [
      'application/json',
      '{"argv": ["x", {"n": 1.0, "big": 12345678901234567890}]}',
      ['x', '{"n":1.0,"big":12345678901234567890}'],
    ],
    ['application/json', '{"argv": ["x", 5, true, 1e3, [1.50, "é"], ""]}', ['x', '5', 'true', '1e3', '[1.50,"é"]', '']],
    [
      'application/json',
      '{"argv": ["x", {"__proto__": 1, "constructor": "c"}]}',
      ['x', '{"__proto__":1,"constructor":"c"}'],
    ],
  ])('reads %s %s', (type, body, argv) => {
    expect(readRequestBody(type, Buffer.from(body))).toEqual({ argv, format: 'json' });
  });

  test('reads the format', () => {
    expect(readRequestBody('application/json', Buffer.from('{"argv": [], "format": "raw"}'))).toEqual({
      argv: [],
      format: 'raw',
    });
  });

  test.each([
    ['{"argv": ["x"], "streams": "split"}', { streams: 'split' }],
    ['{"command": "x", "streams": "split"}', { streams: 'split' }],
    ['{"argv": ["x"], "streams": "whole"}', {}],
  ])('reads how the streams are returned: %s', (body, members) => {
    expect(readRequestBody('application/json', Buffer.from(body))).toEqual({ argv: ['x'], format: 'json', ...members });
  });

  test.each<[type: string, body: string, code: string, detail: RegExp]>([
    ['application/xml', '<a/>', 'unsupported-media-type', /application\/json or text\/plain/],
    ['application/json', '', 'malformed-request', /not valid JSON/],
    ['application/json', '{"command": "x"', 'malformed-request', /not valid JSON/],
    ['application/json', '[]', 'malformed-request', /must be a JSON object/],
    ['application/json', '5', 'malformed-request', /must be a JSON object/],
    ['application/json', '{}', 'malformed-request', /either "command" or "argv"/],
    ['application/json', '{"command": "x", "argv": []}', 'malformed-request', /either/],
    ['application/json', '{"command": 5}', 'malformed-request', /"command" must be a string/],
    ['application/json', '{"command": ["x"]}', 'malformed-request', /"command" must be a string/],
    ['application/json', '{"argv": "x"}', 'malformed-request', /list of words/],
    ['application/json', '{"argv": {"0": "x"}}', 'malformed-request', /list of words/],
    ['application/json', '{"argv": ["x", null]}', 'unreadable', /Word 2 is null/],
    ['application/json', '{"command": "x", "format": "xml"}', 'malformed-request', /"format"/],
    ['application/json', '{"command": "x", "streams": "none"}', 'malformed-request', /"streams" must be "whole" or/],
    ['application/json', '{"command": "x", "as": "admin"}', 'malformed-request', /unknown member "as"/],
    ['application/json', '{"command": "\'x"}', 'unreadable', /not closed/],
  ])('rejects %s %s', (type, body, code, detail) => {
    expect(() => readRequestBody(type, Buffer.from(body))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(detail) }),
    );
  });

  test('rejects a body that is too large', () => {
    expect(() => readRequestBody('text/plain', Buffer.from('x'.repeat(300_000)))).toThrow(
      expect.objectContaining({ code: 'request-too-large', message: expect.stringContaining('262144 bytes') }),
    );
  });
});

describe('readCommandRequest refuses, and does not change,', () => {
  const utf16 = Buffer.from('dags list', 'utf16le');
  test.each<[what: string, type: string | string[], body: Buffer, code: string, detail: RegExp]>([
    ['Latin-1', 'text/plain', Buffer.from('variables set k é', 'latin1'), 'malformed-request', /not valid UTF-8. Send/],
    ['Latin-1 in JSON', 'application/json', Buffer.from('{"command":"é"}', 'latin1'), 'malformed-request', /UTF-8/],
    ['a character that is cut', 'text/plain', Buffer.from('a 🚀').subarray(0, -1), 'malformed-request', /UTF-8/],
    ['a long form', 'text/plain', Buffer.from([0x61, 0xc0, 0xaf]), 'malformed-request', /UTF-8/],
    ['a surrogate', 'text/plain', Buffer.from([0xed, 0xa0, 0x80]), 'malformed-request', /UTF-8/],
    ['UTF-16 with a mark', '', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), 'malformed-request', /UTF-8/],
    [
      'UTF-16 in JSON',
      'application/json',
      Buffer.from('{"argv":[]}', 'utf16le'),
      'malformed-request',
      /UTF-16 .*UTF-8/,
    ],
    ['compressed bytes', '', Buffer.from([0x1f, 0x8b, 8, 0]), 'malformed-request', /UTF-8/],
    ['a byte order mark', 'text/plain', Buffer.from('\ufeffdags list'), 'malformed-request', /U\+FEFF.*without/],
    ['a byte order mark in JSON', '', Buffer.from('\ufeff{"argv":[]}'), 'malformed-request', /U\+FEFF/],
    ['the charset latin1', 'text/plain; charset=ISO-8859-1', Buffer.from('x'), 'unsupported-media-type', /iso-8859-1/i],
    ['the charset UTF-16', 'application/json;charset="utf-16"', Buffer.from('{}'), 'unsupported-media-type', /UTF-8/],
    ['an empty charset', 'text/plain; charset=', Buffer.from('x'), 'unsupported-media-type', /charset=utf-8/],
    ['two charsets', 'text/plain; charset=utf-8; Charset=latin1', Buffer.from('x'), 'unsupported-media-type', /latin1/],
    ['two content types', ['text/plain', 'application/json'], Buffer.from('x'), 'malformed-request', /several/],
  ])('%s', (_what, type, body, code, detail) => {
    const event = {
      body: body.toString('base64'),
      isBase64Encoded: true,
      multiValueHeaders: { 'Content-Type': [type].flat() },
    } as unknown as APIGatewayProxyEvent;
    expect(() => readCommandRequest(event)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(detail) }),
    );
  });
});
