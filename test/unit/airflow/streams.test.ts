import { describe, expect, test } from 'vitest';
import { decodeStreams, readAnswer, stripAnsi } from '../../../airflow/streams.ts';

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

describe('a large body in bytes is read as its text is', () => {
  const LONG = Buffer.from('é日🚀 and more\n'.repeat(9000)).toString('base64');
  /** The last position at which decoding may end early: a block of the decoder begins here. */
  const BLOCK = 32 * 1024;
  const replaceAt = (at: number, text: string) => LONG.slice(0, at) + text + LONG.slice(at + text.length);

  test.each<[content: string, body: string, isAnswer: boolean]>([
    ['two long streams', createResponseBody({ stdout: LONG, stderr: LONG }), true],
    ['a long stream and a short one', createResponseBody({ stdout: 'YWJj', stderr: LONG, returncode: 1 }), true],
    ['one character of padding', createResponseBody({ stdout: `${LONG.slice(0, BLOCK)}YWI=` }), true],
    ['two characters of padding', createResponseBody({ stdout: `${LONG.slice(0, BLOCK)}YQ==` }), true],
    ['padding at the end of a block', createResponseBody({ stdout: `${LONG.slice(0, BLOCK - 4)}YQ==` }), true],
    ['padding in the middle', createResponseBody({ stdout: replaceAt(BLOCK - 2, '==') }), false],
    ['the alphabet of URLs', createResponseBody({ stdout: replaceAt(BLOCK + 1, '-_') }), false],
    ['another character', createResponseBody({ stdout: replaceAt(BLOCK + 1, '*') }), false],
    ['a character that is not ASCII', createResponseBody({ stdout: replaceAt(BLOCK + 1, 'é') }), false],
    ['a missing character', createResponseBody({ stdout: LONG.slice(1) }), true],
    ['line ends', createResponseBody({ stdout: LONG.replace(/.{76}/g, '$&\n') }), true],
    ['escapes', createResponseBody({ stdout: LONG }).replace(/[/]/g, '\\/'), true],
    ['an escaped quote', createResponseBody({ stdout: replaceAt(BLOCK, '"') }), false],
    ['a third long string', createResponseBody({ stdout: LONG, message: LONG }), true],
    ['a long string with spaces', createResponseBody({ stdout: 'YWJj', message: 'a b '.repeat(1000) }), true],
    ['what looks like the mark of a string', createResponseBody({ stdout: '\u00000', message: LONG }), false],
    ['a long key', createResponseBody({ [LONG]: LONG }), true],
    ['a stream that is written twice', `{"stdout": "${LONG}", "stderr": "", "stdout": "YWJj"}`, true],
    ['a string that is not closed', `{"stdout": "${LONG}`, false],
    ['a backslash before the end', `{"stdout": "${LONG}\\", "stderr": ""}`, false],
  ])('%s', (_content, body, isAnswer) => {
    const streams = decodeStreams(body);
    expect(decodeStreams(Buffer.from(body))).toEqual(streams);
    expect(streams !== undefined).toBe(isAnswer);
  });

  test('with the text of a refusal', () => {
    const body = JSON.stringify({ message: `${'x '.repeat(1000)}sub command not allowed`, stdout: LONG, stderr: '' });
    expect(readAnswer(Buffer.from(body)).text).toContain('sub command not allowed');
  });
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
