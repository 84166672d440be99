import { describe, expect, test } from 'vitest';
import { decodeStreams, stripAnsi } from '../../../airflow/streams.ts';

const createResponseBody = (members: object) => JSON.stringify({ stdout: '', stderr: '', ...members });
const EMPTY = { stdout: '', stderr: '' };

describe('an answer of MWAA', () => {
  test.each<[rule: string, body: string, expected: unknown]>([
    ['base64 with line ends', createResponseBody({ stdout: 'YWJj\nZGVm\n' }), { stdout: 'abcdef', stderr: '' }],
    [
      'base64 with one and two of =',
      createResponseBody({ stdout: 'YWI=', stderr: 'YQ== ' }),
      { stdout: 'ab', stderr: 'a' },
    ],
    ['every character of base64', createResponseBody({ stdout: '+/09' }), { stdout: '\ufffd\ufffd=', stderr: '' }],
    ['one stream of nothing', createResponseBody({ stdout: null }), EMPTY],
    ['a return code', createResponseBody({ returncode: 1 }), { ...EMPTY, returncode: 1 }],
    ['a return code that is a text', createResponseBody({ returncode: '1' }), undefined],
    ['a return code that is no whole number', createResponseBody({ returncode: 1.5 }), undefined],
    ['a return code that is a truth value', createResponseBody({ returncode: true }), undefined],
    ['a return code of nothing is none', createResponseBody({ returncode: null }), EMPTY],
    ['more members', createResponseBody({ request: 'x' }), EMPTY],
  ])('%s', (_rule, body, expected) => expect(decodeStreams(body)).toEqual(expected));

  test.each<[what: string, body: string]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"stdout stderr"'],
    ['a number', '5'],
    ['without stdout', '{"stderr": ""}'],
    ['without stderr', '{"stdout": ""}'],
    ['a stream of another alphabet', createResponseBody({ stderr: 'YQ_-' })],
    ['a stream with = in the middle', createResponseBody({ stdout: 'YQ==YQ==' })],
    ['a stream with three of =', createResponseBody({ stdout: 'YQ===' })],
    ['a stream that begins with something else', createResponseBody({ stdout: '*YWJj' })],
    ['a stream that is a list', createResponseBody({ stdout: [] })],
    ['a stream that is a number', createResponseBody({ stderr: 5 })],
    ['a stream that is an object', createResponseBody({ stdout: {} })],
    ['a stream that is true', createResponseBody({ stdout: true })],
  ])('is not: %s', (_what, body) => expect(decodeStreams(body)).toBeUndefined());
});

test.each<[rule: string, text: string, expected: string]>([
  ['a color', '\u001b[31mred\u001b[0m', 'red'],
  ['several parameters', '\u001b[1;38;5;12mx', 'x'],
  ['a private mode', '\u001b[?25lx', 'x'],
  ['an erased line', 'a\u001b[Kb', 'ab'],
  ['an intermediate character', 'a\u001b[1 qb', 'ab'],
  ['a final character of either end', '\u001b[@a\u001b[1~b', 'ab'],
  ['nothing without the escape character', '[31mred', '[31mred'],
  ['nothing of an escape alone', 'a\u001bb', 'a\u001bb'],
])('what terminals read as a sequence is taken out: %s', (_rule, text, expected) => {
  expect(stripAnsi(text)).toBe(expected);
});
