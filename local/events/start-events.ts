/**
 * Plays the events of a template: EventBridge's rules, SQS's queues, and Lambda's event source mappings. moto's server plays EventBridge and SQS;
 * what it lacks is in this folder. Schedules run only when they are triggered.
 */
import type { MotoClient } from '../aws/moto-client.ts';
import { AwsError, type OperationHandler } from '../aws/serve-aws.ts';
import { type LocalAws, startAws } from '../aws/start-aws.ts';
import type { Gateway } from '../gateway/start.ts';
import type { EventRule, EventSource, GatewayModel, Queue } from '../gateway/template/gateway-model.ts';
import type { PrincipalStore } from '../iam/principal-store.ts';
import { createEventBus, type Delivery, type EventBus, type PublishedEvent } from './event-bus.ts';
import { createMessageMoveTasks } from './message-move-tasks.ts';
import type { SqsMessage } from './sqs-message.ts';
import { type EventSourceStatistics, type RunningEventSource, startEventSource } from './start-event-source.ts';

export interface EventsOptions {
  readonly principals: PrincipalStore;
  readonly issueCertificate: (hostname: string) => Promise<{ readonly cert: string; readonly key: string }>;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
  readonly play?: EventPlay;
}

/** What a test plays on purpose. */
export interface EventPlay {
  /** How often EventBridge delivers an event to a queue, and when. Default: once, at once. */
  readonly planDelivery?: (body: string, rule: EventRule) => Delivery;
  /** Whether SQS delivers a message again after it was processed. Default: never. */
  readonly repeats?: (message: SqsMessage) => boolean;
  /** Multiplies the visibility timeouts, so that a test need not wait for minutes. Default: 1. */
  readonly timeScale?: number;
}

/** The messages in a queue. */
export interface QueueCounts {
  readonly visible: number;
  /** Received, or hidden until later. */
  readonly hidden: number;
}

export interface LocalEvents extends Pick<EventBus, 'publish' | 'putEvents' | 'waitUntilDelivered'> {
  /** The functions' network. */
  readonly network: LocalAws['network'];
  /** Calls the services without signatures and policies. */
  readonly client: MotoClient;
  /** Starts the event source mappings that are enabled. */
  start(gateway: Pick<Gateway, 'runFunction'>): void;
  /** Sends the event of a schedule, by the name of the event or of its rule. @returns its id */
  triggerSchedule(rule: string, time?: Date): Promise<string>;
  /** By name. */
  countMessages(queue: string): Promise<QueueCounts>;
  /** Looks at the visible messages of a queue, by name. They stay visible. */
  peekMessages(queue: string): Promise<SqsMessage[]>;
  /** By the name of the queue. */
  getStatistics(queue: string): Readonly<EventSourceStatistics> | undefined;
  /** Receives no more messages. */
  stop(): void;
  /** Ends everything. The functions must have ended, or it waits for them. */
  close(): Promise<void>;
}

type EventModel = Pick<GatewayModel, 'location' | 'queues' | 'eventRules' | 'eventSources'>;

/** @returns the reason if Python or moto is not available */
export async function prepareEvents(
  model: EventModel,
  { principals, issueCertificate, now, play = {} }: EventsOptions,
): Promise<LocalEvents | { readonly unavailable: string }> {
  const { location, queues, eventRules, eventSources } = model;
  const { timeScale = 1 } = play;
  const sources = new Map<string, string>();
  const operations: Record<string, OperationHandler> = {};
  const aws = await startAws({
    ...location,
    services: ['sqs', 'events'],
    principals,
    getResourcePolicy: (arn) => queues.find((queue) => queue.arn === arn)?.policy,
    operations,
    issueCertificate,
    ...(now === undefined ? {} : { now }),
  });
  if ('unavailable' in aws) return aws;
  const { client } = aws;
  try {
    await createQueues(client, queues, timeScale);
    const running = new Map<string, RunningEventSource>();
    const onSent = ({ name }: Queue) => running.get(name)?.wake();
    const bus = await createEventBus({ client, location, rules: eventRules, queues, onSent, ...pickPlan(play) });
    Object.assign(operations, {
      'events:PutEvents': (input) => bus.putEvents(input),
      ...scaleVisibility(client, timeScale),
      ...createMessageMoveTasks({ client, queues, getSource: (id) => sources.get(id) }),
    } satisfies Record<string, OperationHandler>);
    const findQueue = (name: string): Queue => {
      const queue = queues.find((candidate) => candidate.name === name);
      if (queue === undefined) throw new Error(`The template has no queue ${name}.`);
      return queue;
    };
    return {
      network: aws.network,
      client,
      publish: (events: readonly PublishedEvent[]) => bus.publish(events),
      putEvents: (input) => bus.putEvents(input),
      waitUntilDelivered: () => bus.waitUntilDelivered(),
      start(gateway) {
        for (const source of eventSources.filter(({ enabled }) => enabled)) {
          const queue = queues.find(({ arn }) => arn === source.queueArn)!;
          running.set(queue.name, startSource(source, queue, gateway));
        }
      },
      async triggerSchedule(name, time) {
        const schedules = eventRules.filter(({ schedule }) => schedule !== undefined);
        const rule = schedules.find((each) => each.name === name || each.name.endsWith(`-event-${name}`));
        if (rule === undefined) throw new Error(`There is no event ${name} with a schedule.`);
        return bus.triggerSchedule(rule, time);
      },
      async countMessages(name) {
        const { Attributes } = await client.call<{ Attributes: Record<string, string> }>('sqs', 'GetQueueAttributes', {
          QueueUrl: findQueue(name).url,
          AttributeNames: ['All'],
        });
        return {
          visible: Number(Attributes.ApproximateNumberOfMessages),
          hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
        };
      },
      async peekMessages(name) {
        const { url } = findQueue(name);
        const found: SqsMessage[] = [];
        for (;;) {
          const batch = await receive(client, url, 10, { VisibilityTimeout: 30 });
          if (batch.length === 0) break;
          found.push(...batch);
        }
        for (const { ReceiptHandle } of found)
          await client.call('sqs', 'ChangeMessageVisibility', { QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
        return found;
      },
      getStatistics: (name) => running.get(name)?.statistics,
      stop() {
        for (const source of running.values()) source.stop();
      },
      async close() {
        await Promise.all([...running.values()].map((source) => source.close()));
        await aws.close();
      },
    };
  } catch (error) {
    await aws.close();
    throw error;
  }

  function startSource(
    source: EventSource,
    { arn, url, visibilityTimeoutSeconds }: Queue,
    gateway: Pick<Gateway, 'runFunction'>,
  ): RunningEventSource {
    const { repeats } = play;
    return startEventSource({
      source,
      queue: { arn, visibilityTimeoutSeconds: visibilityTimeoutSeconds * timeScale },
      region: location.region,
      async receive(count) {
        const messages = await receive(client, url, count);
        for (const { MessageId } of messages) sources.set(MessageId, arn);
        return messages;
      },
      async delete(messages) {
        for (const { ReceiptHandle } of messages)
          await client.call('sqs', 'DeleteMessage', { QueueUrl: url, ReceiptHandle }).catch(() => {});
      },
      invoke: (event) => gateway.runFunction(source.function, event),
      ...(repeats === undefined ? {} : { repeats: (batch) => batch.some(repeats) }),
    });
  }
}

const pickPlan = ({ planDelivery }: EventPlay) => (planDelivery === undefined ? {} : { planDelivery });

/** Dead-letter queues first. */
async function createQueues(client: MotoClient, queues: readonly Queue[], timeScale: number): Promise<void> {
  const inOrder = [...queues].sort((a, b) => Number(a.redrive !== undefined) - Number(b.redrive !== undefined));
  for (const { name, visibilityTimeoutSeconds, retentionSeconds, maxMessageBytes, redrive } of inOrder) {
    await client.call('sqs', 'CreateQueue', {
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(scale(visibilityTimeoutSeconds, timeScale)),
        MessageRetentionPeriod: String(retentionSeconds),
        MaximumMessageSize: String(maxMessageBytes),
        ...(redrive === undefined
          ? {}
          : {
              RedrivePolicy: JSON.stringify({
                deadLetterTargetArn: redrive.deadLetterArn,
                maxReceiveCount: redrive.maxReceiveCount,
              }),
            }),
      },
    });
  }
}

async function receive(
  client: MotoClient,
  url: string,
  count: number,
  options: { readonly VisibilityTimeout?: number } = {},
): Promise<SqsMessage[]> {
  const { Messages = [] } = await client.call<{ Messages?: SqsMessage[] }>('sqs', 'ReceiveMessage', {
    QueueUrl: url,
    MaxNumberOfMessages: count,
    AttributeNames: ['All'],
    MessageAttributeNames: ['All'],
    ...options,
  });
  return Messages;
}

const scale = (seconds: number, timeScale: number): number => Math.ceil(seconds * timeScale);

const MAX_VISIBILITY_SECONDS = 43_200;

/** Checks the timeout before it is scaled, as SQS does. */
function scaleVisibility(client: MotoClient, timeScale: number): Record<string, OperationHandler> {
  const scaleTimeout = (value: unknown): number => {
    const seconds = Number(value);
    if (Number.isInteger(seconds) && seconds >= 0 && seconds <= MAX_VISIBILITY_SECONDS)
      return scale(seconds, timeScale);
    throw new AwsError(
      400,
      'InvalidParameterValue',
      `Value ${String(value)} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${MAX_VISIBILITY_SECONDS}.`,
    );
  };
  return {
    'sqs:ChangeMessageVisibility': (input) =>
      client.call('sqs', 'ChangeMessageVisibility', {
        ...input,
        VisibilityTimeout: scaleTimeout(input.VisibilityTimeout),
      }),
  };
}
