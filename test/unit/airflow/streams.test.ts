import { describe, expect, test } from 'vitest';
import { decodeStreams, stripAnsi } from '../../../airflow/streams.ts';

const createResponseBody = (members: object) => JSON.stringify({ stdout: '', stderr: '', ...members });
const EMPTY = { stdout: '', stderr: '' };

describe('decodeStreams', () => {
  test.each<[content: string, body: string, expected: unknown]>([
    ['base64 with line ends', createResponseBody({ stdout: 'YWJj\nZGVm\n' }), { stdout: 'abcdef', stderr: '' }],
    ['base64 with padding', createResponseBody({ stdout: 'YWI=', stderr: 'YQ== ' }), { stdout: 'ab', stderr: 'a' }],
    [
      'every special character of base64',
      createResponseBody({ stdout: '+/09' }),
      { stdout: '\ufffd\ufffd=', stderr: '' },
    ],
    ['a stream that is null', createResponseBody({ stdout: null }), EMPTY],
    ['a return code', createResponseBody({ returncode: 1 }), { ...EMPTY, returncode: 1 }],
    ['a return code that is null', createResponseBody({ returncode: null }), EMPTY],
    ['unknown members', createResponseBody({ request: 'x' }), EMPTY],
  ])('decodes %s', (_content, body, expected) => expect(decodeStreams(body)).toEqual(expected));

  test.each<[content: string, body: string]>([
    ['a return code that is a string', createResponseBody({ returncode: '1' })],
    ['a return code that is not an integer', createResponseBody({ returncode: 1.5 })],
    ['a return code that is a boolean', createResponseBody({ returncode: true })],
    ['an empty body', ''],
    ['null', 'null'],
    ['a string', '"stdout stderr"'],
    ['a number', '5'],
    ['a body without stdout', '{"stderr": ""}'],
    ['a body without stderr', '{"stdout": ""}'],
    ['a stream of another alphabet', createResponseBody({ stderr: 'YQ_-' })],
    ['a stream with = in the middle', createResponseBody({ stdout: 'YQ==YQ==' })],
    ['a stream with three padding characters', createResponseBody({ stdout: 'YQ===' })],
    ['a stream that begins with an invalid character', createResponseBody({ stdout: '*YWJj' })],
    ['a stream that is a list', createResponseBody({ stdout: [] })],
    ['a stream that is a number', createResponseBody({ stderr: 5 })],
    ['a stream that is an object', createResponseBody({ stdout: {} })],
    ['a stream that is true', createResponseBody({ stdout: true })],
  ])('rejects %s', (_content, body) => expect(decodeStreams(body)).toBeUndefined());
});

test.each<[sequence: string, text: string, expected: string]>([
  ['a color', '\u001b[31mred\u001b[0m', 'red'],
  ['several parameters', '\u001b[1;38;5;12mx', 'x'],
  ['a private mode', '\u001b[?25lx', 'x'],
  ['an erased line', 'a\u001b[Kb', 'ab'],
  ['an intermediate character', 'a\u001b[1 qb', 'ab'],
  ['the first and last final characters', '\u001b[@a\u001b[1~b', 'ab'],
  ['nothing without the escape character', '[31mred', '[31mred'],
  ['nothing of a lone escape character', 'a\u001bb', 'a\u001bb'],
])('stripAnsi removes %s', (_sequence, text, expected) => {
  expect(stripAnsi(text)).toBe(expected);
});
