import { expect, test } from 'vitest';
import { selectProcessed } from '../../../../local/events/read-batch-response.ts';

const batch = ['a', 'b'].map((MessageId) => ({ MessageId, ReceiptHandle: `r-${MessageId}`, Body: '{}' }));

test.each([
  ['no response', '', ['a', 'b']],
  ['null', 'null', ['a', 'b']],
  ['an empty text', '""', ['a', 'b']],
  ['an empty object', '{}', ['a', 'b']],
  ['a null list', '{"batchItemFailures":null}', ['a', 'b']],
  ['an empty list', '{"batchItemFailures":[]}', ['a', 'b']],
  ['one failure', '{"batchItemFailures":[{"itemIdentifier":"a"}]}', ['b']],
  ['all failures', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}', []],
  ['a failure that it names twice', '{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}', ['a']],
  ['a text that is not JSON', '{"batchItemFailures":', []],
  ['an empty identifier', '{"batchItemFailures":[{"itemIdentifier":""}]}', []],
  ['a null identifier', '{"batchItemFailures":[{"itemIdentifier":null}]}', []],
  ['another key', '{"batchItemFailures":[{"messageId":"a"}]}', []],
  ['another message', '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}', []],
  ['null in the list', '{"batchItemFailures":[null]}', []],
  ['a list that is none', '{"batchItemFailures":{"itemIdentifier":"a"}}', []],
])('a batch with a response that is %s', (_, payload, processed) => {
  expect(selectProcessed(batch, payload).map(({ MessageId }) => MessageId)).toEqual(processed);
});
