import type { SqsMessage } from './sqs-message.ts';

/**
 * Returns the messages of a batch that a function has processed, from its response. All, if it reports no failures; none, if it reports one in
 * a way that Lambda does not understand.
 *
 * Documented (Lambda, "Implementing partial batch responses"): an empty or null response or list is a success of the whole batch. A response
 * that is not JSON, a failure without an identifier, with an empty one, under another key, or of a message that is not in the batch is a failure
 * of the whole batch.
 */
export function selectProcessed(batch: readonly SqsMessage[], payload: string): readonly SqsMessage[] {
  const response = parse(payload);
  if (response === INVALID) return [];
  if (response === null || response === '' || response === undefined) return batch;
  if (typeof response !== 'object') return batch;
  const { batchItemFailures } = response as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return batch;
  if (!Array.isArray(batchItemFailures)) return [];
  const failed = new Set(
    batchItemFailures.map((item) => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier),
  );
  const isKnown = (id: unknown) => batch.some(({ MessageId }) => MessageId === id);
  return [...failed].every(isKnown) ? batch.filter(({ MessageId }) => !failed.has(MessageId)) : [];
}

const INVALID = Symbol('not JSON');

function parse(payload: string): unknown {
  if (payload === '') return null;
  try {
    return JSON.parse(payload);
  } catch {
    return INVALID;
  }
}
