import { formatTable } from '../format-table.ts';
import type { CallQueueApi, QueueMessage } from './queue-api.ts';

/** Why a message is in a dead-letter queue. */
export interface DeadLetter {
  /** A code of `docs/api.md`, or what EventBridge or SQS say. */
  readonly problem: string;
  readonly detail: string;
  /** The id of the message in the log, if the events function has sent it. */
  readonly requestId: string;
  /** When it entered the dead-letter queue. */
  readonly at: string;
}

/** How many are read at most, about. */
export const MAX_RECEIVED = 200;
const HIDE_SECONDS = 60;
/** Several empty answers in a row: other callers may have received some. */
const EMPTY_ANSWERS = 3;

/** Reads the messages of a dead-letter queue, and leaves them there. */
export async function readDeadLetters(call: CallQueueApi, queueUrl: string): Promise<DeadLetter[]> {
  const received = new Map<string, QueueMessage>();
  try {
    for (let empty = 0; empty < EMPTY_ANSWERS && received.size < MAX_RECEIVED; ) {
      const { Messages } = await call('ReceiveMessage', {
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        // Without waiting, SQS asks only some of its servers.
        WaitTimeSeconds: 1,
        // Hides the messages, so that the next call receives others.
        VisibilityTimeout: HIDE_SECONDS,
        AttributeNames: ['SentTimestamp'],
        MessageAttributeNames: ['All'],
      });
      empty = Messages.length === 0 ? empty + 1 : 0;
      for (const message of Messages) received.set(message.MessageId, message);
    }
  } finally {
    await showMessages(call, queueUrl, [...received.values()]);
  }
  return [...received.values()].map(toDeadLetter).sort((a, b) => (a.at < b.at ? -1 : 1));
}

/** Ends the time for which messages are hidden. */
async function showMessages(call: CallQueueApi, QueueUrl: string, messages: readonly QueueMessage[]): Promise<void> {
  for (let index = 0; index < messages.length; index += 10) {
    const Entries = messages
      .slice(index, index + 10)
      .map(({ ReceiptHandle }, id) => ({ Id: String(id), ReceiptHandle, VisibilityTimeout: 0 }));
    await call('ChangeMessageVisibilityBatch', { QueueUrl, Entries });
  }
}

/** The attributes of EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function toDeadLetter({ Attributes, MessageAttributes }: QueueMessage): DeadLetter {
  const read = (name: string) => MessageAttributes[name]?.StringValue ?? '';
  const at = new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString().replace(/\.\d+Z$/, 'Z');
  if (read('ERROR_CODE') !== '') {
    return { problem: `not delivered: ${read('ERROR_CODE')}`, detail: read('ERROR_MESSAGE'), requestId: '', at };
  }
  if (read('problem') === '') {
    return { problem: 'moved by SQS', detail: 'The events function did not finish any try.', requestId: '', at };
  }
  return { problem: read('problem'), detail: read('detail'), requestId: read('requestId'), at };
}

const MAX_DETAIL = 300;

/** One line for each reason, with the number of messages that have it. */
export function formatDeadLetters(letters: readonly DeadLetter[]): string {
  const groups = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const key = JSON.stringify([letter.problem, letter.detail]);
    groups.set(key, [...(groups.get(key) ?? []), letter]);
  }
  const rows = [...groups.values()].map((group) => {
    const [{ problem, detail, requestId, at }] = group as [DeadLetter];
    const text = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail;
    return [String(group.length), problem, at, requestId || '-', text];
  });
  return formatTable([['events', 'problem', 'first', 'request id of the first', 'detail'], ...rows]);
}
