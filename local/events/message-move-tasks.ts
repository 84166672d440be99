/**
 * `StartMessageMoveTask`, `ListMessageMoveTasks` and `CancelMessageMoveTask`, which moto lacks.
 *
 * Documented (SQS API reference, "Configuring a dead-letter queue redrive"): the source must be a dead-letter queue of a queue; one task at a
 * time; without a destination a message returns to the queue that it came from; a moved message is a new one, with a new id and time, and the
 * same body and attributes; the caller needs to receive and delete in the source, and to send to the destination.
 * Reported by users of AWS, not documented: a message that was sent to the dead-letter queue, and not moved there by SQS, has no queue that it
 * came from, and the task fails with `CouldNotDetermineMessageSource`.
 */
import { randomUUID } from 'node:crypto';
import type { MotoClient } from '../aws/moto-client.ts';
import { AwsError, type OperationHandler } from '../aws/serve-aws.ts';
import type { Queue } from '../gateway/template/gateway-model.ts';
import type { SqsMessage } from './sqs-message.ts';

interface MoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  readonly destinationArn: string | undefined;
  readonly startedAt: number;
  readonly toMove: number;
  moved: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  failureReason?: string;
}

export interface MessageMoveTasksOptions {
  readonly client: MotoClient;
  readonly queues: readonly Queue[];
  /** The queue from which SQS has moved a message to its dead-letter queue. */
  getSource(messageId: string): string | undefined;
}

/** Returns the operations, by name. */
export function createMessageMoveTasks({
  client,
  queues,
  getSource,
}: MessageMoveTasksOptions): Readonly<Record<string, OperationHandler>> {
  const tasks: MoveTask[] = [];
  const findQueue = (arn: unknown): Queue => {
    const queue = queues.find((candidate) => candidate.arn === arn);
    if (queue === undefined) throw new AwsError(400, 'ResourceNotFoundException', 'The resource does not exist.');
    return queue;
  };

  const move = async (task: MoveTask) => {
    const { url } = findQueue(task.sourceArn);
    while (task.status === 'RUNNING' && task.failureReason === undefined && task.moved < task.toMove) {
      const { Messages = [] } = await client.call<{ Messages?: SqsMessage[] }>('sqs', 'ReceiveMessage', {
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      });
      if (Messages.length === 0) break;
      for (const { MessageId, ReceiptHandle, Body, MessageAttributes } of Messages) {
        const destination = task.destinationArn ?? getSource(MessageId);
        if (destination === undefined) {
          task.failureReason = 'CouldNotDetermineMessageSource';
          await client.call('sqs', 'ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
          continue;
        }
        await client.call('sqs', 'SendMessage', {
          QueueUrl: findQueue(destination).url,
          MessageBody: Body,
          ...(MessageAttributes === undefined ? {} : { MessageAttributes }),
        });
        await client.call('sqs', 'DeleteMessage', { QueueUrl: url, ReceiptHandle });
        task.moved += 1;
      }
    }
    if (task.status === 'RUNNING') task.status = task.failureReason === undefined ? 'COMPLETED' : 'FAILED';
  };

  return {
    'sqs:StartMessageMoveTask': async ({ SourceArn, DestinationArn }, { isAllowed }) => {
      const source = findQueue(SourceArn);
      const sources = queues.filter(({ redrive }) => redrive?.deadLetterArn === source.arn);
      if (sources.length === 0)
        throw new AwsError(400, 'InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.');
      const destinations = DestinationArn === undefined ? sources : [findQueue(DestinationArn)];
      const needed = [
        ...['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].map((action) => [action, source.arn]),
        ...destinations.map(({ arn }) => ['sqs:SendMessage', arn]),
      ] as [action: string, arn: string][];
      for (const [action, arn] of needed) {
        if (!(await isAllowed(action, arn)))
          throw new AwsError(
            403,
            'AccessDeniedException',
            `The caller is not authorized to perform: ${action} on resource: ${arn}`,
          );
      }
      if (tasks.some(({ sourceArn, status }) => sourceArn === source.arn && status === 'RUNNING'))
        throw new AwsError(
          400,
          'UnsupportedOperation',
          'There is already a task running. Only one active task is allowed.',
        );
      const { Attributes } = await client.call<{ Attributes: Record<string, string> }>('sqs', 'GetQueueAttributes', {
        QueueUrl: source.url,
        AttributeNames: ['ApproximateNumberOfMessages'],
      });
      const task: MoveTask = {
        handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn: source.arn })).toString('base64'),
        sourceArn: source.arn,
        destinationArn: DestinationArn === undefined ? undefined : String(DestinationArn),
        startedAt: Date.now(),
        toMove: Number(Attributes.ApproximateNumberOfMessages),
        moved: 0,
        status: 'RUNNING',
      };
      tasks.unshift(task);
      move(task).catch((error: unknown) => {
        task.status = 'FAILED';
        task.failureReason = String(error);
      });
      return { TaskHandle: task.handle };
    },
    'sqs:ListMessageMoveTasks': async ({ SourceArn, MaxResults = 1 }) => ({
      Results: tasks
        .filter(({ sourceArn }) => sourceArn === SourceArn)
        .slice(0, Number(MaxResults))
        .map((task) => ({
          ...(task.status === 'RUNNING' ? { TaskHandle: task.handle } : {}),
          Status: task.status,
          SourceArn: task.sourceArn,
          ...(task.destinationArn === undefined ? {} : { DestinationArn: task.destinationArn }),
          ApproximateNumberOfMessagesMoved: task.moved,
          ApproximateNumberOfMessagesToMove: task.toMove,
          ...(task.failureReason === undefined ? {} : { FailureReason: task.failureReason }),
          StartedTimestamp: task.startedAt,
        })),
    }),
    'sqs:CancelMessageMoveTask': async ({ TaskHandle }) => {
      const task = tasks.find(({ handle, status }) => handle === TaskHandle && status === 'RUNNING');
      if (task === undefined) throw new AwsError(400, 'ResourceNotFoundException', 'Task does not exist.');
      task.status = 'CANCELLED';
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
}
