import { describe, expect, test } from 'vitest';
import { readRequestBody } from '../../../lambda/event/read-request-body.ts';

describe('a request body', () => {
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
  ])('%s %s', (type, body, argv) => {
    expect(readRequestBody(type, body)).toEqual({ argv, format: 'json' });
  });

  test('asks for the format', () => {
    expect(readRequestBody('application/json', '{"argv": [], "format": "raw"}')).toEqual({ argv: [], format: 'raw' });
  });

  test.each<[type: string, body: string, code: string, detail: RegExp]>([
    ['application/xml', '<a/>', 'unsupported-media-type', /application\/json or text\/plain/],
    ['application/json', '', 'malformed-request', /not JSON/],
    ['application/json', '{"command": "x"', 'malformed-request', /not JSON/],
    ['application/json', '[]', 'malformed-request', /not an object/],
    ['application/json', '5', 'malformed-request', /not an object/],
    ['application/json', '{}', 'malformed-request', /either "command" or "argv"/],
    ['application/json', '{"command": "x", "argv": []}', 'malformed-request', /either/],
    ['application/json', '{"command": 5}', 'malformed-request', /"command" is a text/],
    ['application/json', '{"command": ["x"]}', 'malformed-request', /"command" is a text/],
    ['application/json', '{"argv": "x"}', 'malformed-request', /list of words/],
    ['application/json', '{"argv": {"0": "x"}}', 'malformed-request', /list of words/],
    ['application/json', '{"argv": ["x", null]}', 'unreadable', /Word 2 is null/],
    ['application/json', '{"command": "x", "format": "xml"}', 'malformed-request', /"format"/],
    ['application/json', '{"command": "x", "as": "admin"}', 'malformed-request', /unknown member "as"/],
    ['application/json', '{"command": "\'x"}', 'unreadable', /not closed/],
    ['text/plain', 'x'.repeat(300_000), 'request-too-large', /262144 bytes/],
  ])('%s %.40s: %s', (type, body, code, detail) => {
    expect(() => readRequestBody(type, body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(detail) }),
    );
  });
});
