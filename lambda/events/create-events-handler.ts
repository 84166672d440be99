import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { EventsFile, EventsFileEvent } from '../../config/events-file.ts';
import type { QueueAddress, QueueClient } from './create-queue-client.ts';
import { createDeadLetterAttributes } from './dead-letter.ts';
import { type EventRecord, writeEvent } from './event-log.ts';
import { getRetryDelay } from './retry-delay.ts';
import { createTryEvent, HOUR_MS, type TryOptions, type TryResult } from './try-event.ts';

export interface EventsHandlerOptions extends TryOptions {
  readonly file: Pick<EventsFile, 'events'>;
  readonly queues: QueueClient;
  /** At least 0 and less than 1. */
  random(): number;
}

/** A message, and what is known about it before it is tried. */
interface ReceivedMessage {
  readonly message: SQSRecord;
  readonly context: Context;
  readonly queue: QueueAddress;
  readonly rule: EventsFileEvent | undefined;
  readonly ageMs: number;
  readonly receiveCount: number;
  readonly record: EventRecord;
}

/**
 * Creates the handler of the events function. Lambda calls it with one message of one queue. It runs the command of the queue's event, as
 * the caller `event:NAME`, and decides what becomes of the message.
 *
 * It never sends a message to the queue again: a message that needs another try stays in the queue, hidden for a while. So the function
 * may end at any point, and the message is delivered again. Then the command has the same key, and finds the run that it has made.
 */
export function createEventsHandler(options: EventsHandlerOptions) {
  const { file, now } = options;
  const tryEvent = createTryEvent(options);
  /** Returns whether Lambda may delete the message. */
  const processMessage = async (message: SQSRecord, context: Context): Promise<boolean> => {
    const startedAt = now();
    const received = readMessage(file, message, context, startedAt);
    const { record, rule } = received;
    const tried = rule === undefined ? createUnknownQueue(message) : await tryEvent({ ...received, rule });
    record.result ??= tried.problem;
    record.disposition = await settle(options, received, tried);
    record.durationMs = Math.round(now() - startedAt);
    writeEvent(record, now());
    return record.disposition !== 'later';
  };
  return async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const message of Records) {
      const isSettled = await processMessage(message, context);
      if (!isSettled) batchItemFailures.push({ itemIdentifier: message.messageId });
    }
    return { batchItemFailures };
  };
}

/** Sends the message to the dead-letter queue, or hides it until its next try. Returns what became of it. */
async function settle(
  { queues, random }: EventsHandlerOptions,
  { message, queue, rule, ageMs, receiveCount, record }: ReceivedMessage,
  { disposition, problem, detail, retryAfterSeconds }: TryResult,
): Promise<TryResult['disposition']> {
  if (disposition === 'done') return disposition;
  const delaySeconds = getRetryDelay({ receiveCount, random: random(), retryAfterSeconds });
  const isLastTry = rule?.enabled === true && ageMs + delaySeconds * 1000 > rule.giveUpHours * HOUR_MS;
  if (rule !== undefined && (disposition === 'never' || isLastTry)) {
    const { body, messageId: requestId } = message;
    const attributes = createDeadLetterAttributes(body, { problem, detail, requestId, event: rule.name });
    try {
      await queues.send({ account: queue.account, name: rule.deadLetterQueue }, body, attributes);
      return 'never';
    } catch (error) {
      record.error = describeError(error);
    }
  }
  record.delaySeconds = delaySeconds;
  try {
    await queues.hide(queue, message.receiptHandle, delaySeconds);
  } catch (error) {
    // The message is delivered again when the time ends for which SQS has hidden it already.
    record.error ??= describeError(error);
  }
  return 'later';
}

function readMessage(
  { events }: Pick<EventsFile, 'events'>,
  message: SQSRecord,
  context: Context,
  at: number,
): ReceivedMessage {
  const { messageId, attributes, eventSourceARN } = message;
  const [, , , , account = '', name = ''] = eventSourceARN.split(':');
  // The queue is in the account and region of this function. Whoever maps another queue, or another source, to it runs nothing.
  const [, ownPartition, , ownRegion, ownAccount] = context.invokedFunctionArn.split(':');
  const isOwn = eventSourceARN === ['arn', ownPartition, 'sqs', ownRegion, ownAccount, name].join(':');
  const ageMs = Math.max(0, at - Number(attributes.SentTimestamp)) || 0;
  const receiveCount = Number(attributes.ApproximateReceiveCount) || 1;
  return {
    message,
    context,
    queue: { account, name },
    rule: isOwn && Object.hasOwn(events, name) ? events[name] : undefined,
    ageMs,
    receiveCount,
    record: {
      requestId: messageId,
      // One for each try, and so for each pair of lines of the relay.
      extendedRequestId: context.awsRequestId,
      lambdaRequestId: context.awsRequestId,
      route: 'event',
      receiveCount,
      ageMs,
    },
  };
}

/** The message remains in its queue, until a deployment knows the queue or someone looks into it. */
const createUnknownQueue = ({ eventSourceARN }: SQSRecord): TryResult => ({
  disposition: 'later',
  problem: 'untrusted-event',
  detail: `This function serves no queue with the ARN ${eventSourceARN}.`,
});

/** An error of SQS or of the connection to it, for the log. */
const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
