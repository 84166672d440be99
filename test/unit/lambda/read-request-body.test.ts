import { describe, expect, test } from 'vitest';
import { readRequestBody } from '../../../lambda/event/read-request-body.ts';

describe('readRequestBody', () => {
  test.each<[type: string, body: string, argv: string[]]>([
    ['text/plain', "dags trigger 'a b'\n", ['dags', 'trigger', 'a b']],
    ['text/plain; charset=utf-8', 'version', ['version']],
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
    expect(readRequestBody(type, body)).toEqual({ argv, format: 'json' });
  });

  test('reads the format', () => {
    expect(readRequestBody('application/json', '{"argv": [], "format": "raw"}')).toEqual({ argv: [], format: 'raw' });
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
    ['application/json', '{"command": "x", "as": "admin"}', 'malformed-request', /unknown member "as"/],
    ['application/json', '{"command": "\'x"}', 'unreadable', /not closed/],
  ])('rejects %s %s', (type, body, code, detail) => {
    expect(() => readRequestBody(type, body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(detail) }),
    );
  });

  test('rejects a body that is too large', () => {
    expect(() => readRequestBody('text/plain', 'x'.repeat(300_000))).toThrow(
      expect.objectContaining({ code: 'request-too-large', message: expect.stringContaining('262144 bytes') }),
    );
  });
});
