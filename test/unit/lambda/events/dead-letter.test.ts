import { expect, test } from 'vitest';
import { createDeadLetterAttributes } from '../../../../lambda/events/dead-letter.ts';

const create = (detail: string, body = '{}') =>
  createDeadLetterAttributes(body, { problem: 'command-failed', detail, requestId: 'r', event: 'e' });

test.each<[what: string, detail: string, text: string | undefined]>([
  ['a text as it is', 'Dag "ä" 🙂\n\t!', 'Dag "ä" 🙂\n\t!'],
  ['no control characters', 'a\u0000\u001bb', 'a\ufffd\ufffdb'],
  ['no lone surrogates', 'a\ud800', 'a\ufffd'],
  ['no characters that are none', 'a\uffff\ufffe', 'a\ufffd\ufffd'],
  ['a part of a long text', 'x'.repeat(5000), 'x'.repeat(2000)],
  ['no half of a character', `${'x'.repeat(1999)}🙂`, 'x'.repeat(1999)],
  ['nothing', '', undefined],
])('the detail has %s', (_what, detail, text) => {
  expect(create(detail)).toEqual({
    problem: 'command-failed',
    requestId: 'r',
    event: 'e',
    ...(text && { detail: text }),
  });
});

test('a message that fills SQS has the problem only', () => {
  expect(create('d'.repeat(2000), 'x'.repeat(1024 * 1024 - 3000))).not.toHaveProperty('detail');
  expect(create('d', 'x'.repeat(1024 * 1024 - 3000))).toHaveProperty('detail');
});

test('no attribute is empty, which SQS rejects', () => {
  expect(createDeadLetterAttributes('{}', { problem: '', detail: '', requestId: 'r', event: 'e' })).toEqual({
    requestId: 'r',
    event: 'e',
  });
});
