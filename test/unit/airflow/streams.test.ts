import { describe, expect, test } from 'vitest';
import { readStreams, withoutAnsi } from '../../../airflow/streams.ts';

const answer = (members: object) => JSON.stringify({ stdout: '', stderr: '', ...members });
const EMPTY = { stdout: '', stderr: '' };

describe('an answer of MWAA', () => {
  test.each<[rule: string, body: string, expected: unknown]>([
    ['base64 with line ends', answer({ stdout: 'YWJj\nZGVm\n' }), { stdout: 'abcdef', stderr: '' }],
    ['base64 with one and two of =', answer({ stdout: 'YWI=', stderr: 'YQ== ' }), { stdout: 'ab', stderr: 'a' }],
    ['every character of base64', answer({ stdout: '+/09' }), { stdout: '\ufffd\ufffd=', stderr: '' }],
    ['one stream of nothing', answer({ stdout: null }), EMPTY],
    ['a return code', answer({ returncode: 1 }), { ...EMPTY, returncode: 1 }],
    ['a return code that is a text', answer({ returncode: '1' }), undefined],
    ['a return code that is no whole number', answer({ returncode: 1.5 }), undefined],
    ['a return code that is a truth value', answer({ returncode: true }), undefined],
    ['a return code of nothing is none', answer({ returncode: null }), EMPTY],
    ['more members', answer({ request: 'x' }), EMPTY],
  ])('%s', (_rule, body, expected) => expect(readStreams(body)).toEqual(expected));

  test.each<[what: string, body: string]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"stdout stderr"'],
    ['a number', '5'],
    ['without stdout', '{"stderr": ""}'],
    ['without stderr', '{"stdout": ""}'],
    ['a stream of another alphabet', answer({ stderr: 'YQ_-' })],
    ['a stream with = in the middle', answer({ stdout: 'YQ==YQ==' })],
    ['a stream with three of =', answer({ stdout: 'YQ===' })],
    ['a stream that begins with something else', answer({ stdout: '*YWJj' })],
    ['a stream that is a list', answer({ stdout: [] })],
    ['a stream that is a number', answer({ stderr: 5 })],
    ['a stream that is an object', answer({ stdout: {} })],
    ['a stream that is true', answer({ stdout: true })],
  ])('is not: %s', (_what, body) => expect(readStreams(body)).toBeUndefined());
});

test.each<[rule: string, text: string, expected: string]>([
  ['a colour', '\u001b[31mred\u001b[0m', 'red'],
  ['several parameters', '\u001b[1;38;5;12mx', 'x'],
  ['a private mode', '\u001b[?25lx', 'x'],
  ['an erased line', 'a\u001b[Kb', 'ab'],
  ['an intermediate character', 'a\u001b[1 qb', 'ab'],
  ['a final character of either end', '\u001b[@a\u001b[1~b', 'ab'],
  ['nothing without the escape character', '[31mred', '[31mred'],
  ['nothing of an escape alone', 'a\u001bb', 'a\u001bb'],
])('what terminals read as a sequence is taken out: %s', (_rule, text, expected) => {
  expect(withoutAnsi(text)).toBe(expected);
});
