/**
 * EventBridge: moto matches an event with the rules, and what it lacks is here: the queue's policy, the rule's dead-letter queue, the account in
 * the event, the events of schedules, and events that are delivered more than once.
 *
 * Documented (EventBridge, "Event structure", "Using dead-letter queues", "Troubleshooting"): the members of an event; an event that the policy
 * of the queue denies goes to the dead-letter queue at once, with the attributes below; an event may be delivered more than once; the sources
 * that begin with `aws.` are AWS's own.
 * Assumed: the texts of the attributes; the resources and the detail of a schedule's event are as in the documented example.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MotoClient } from '../aws/moto-client.ts';
import type { EventRule, Queue } from '../gateway/template/gateway-model.ts';
import { canRuleSend } from '../gateway/template/read-event-sources.ts';
import type { StackLocation } from '../gateway/template/resource-identity.ts';
import type { SqsMessage } from './sqs-message.ts';

/** An event to publish. */
export interface PublishedEvent {
  /** As in `aws.s3`. */
  readonly source: string;
  readonly detailType: string;
  readonly detail: object;
  readonly resources?: readonly string[];
  readonly time?: Date;
  /** The name of the event bus. Default: the default bus. */
  readonly bus?: string;
}

/** How often and when an event is delivered. */
export interface Delivery {
  /** Milliseconds until each delivery. One entry: once. */
  readonly delays: readonly number[];
}

export interface EventBus {
  /** Publishes events, as AWS services and applications do. @returns their ids */
  publish(events: readonly PublishedEvent[]): Promise<string[]>;
  /** `PutEvents`, as an application calls it. */
  putEvents(input: Readonly<Record<string, unknown>>): Promise<object>;
  /** Sends the event of a schedule. @returns its id */
  triggerSchedule(rule: EventRule, time?: Date): Promise<string>;
  /** Waits until all events are delivered. */
  waitUntilDelivered(): Promise<void>;
}

export interface EventBusOptions {
  readonly client: MotoClient;
  readonly location: StackLocation;
  readonly rules: readonly EventRule[];
  readonly queues: readonly Queue[];
  /** How often an event is delivered to a rule's queue. Default: once, at once. */
  readonly planDelivery?: (body: string, rule: EventRule) => Delivery;
  /** Called after a message was sent to a queue. */
  readonly onSent?: (queue: Queue) => void;
}

/** moto's own target of a rule. */
const getMatchQueue = ({ name }: EventRule): string => `matched-${name}`.slice(0, 80);

/** Creates the rules. Throws moto's error for a pattern that EventBridge would reject. */
export async function createEventBus(options: EventBusOptions): Promise<EventBus> {
  const { client, rules, location, queues, planDelivery = () => ({ delays: [0] }) } = options;
  const { partition, region, account } = location;
  // moto matches events with disabled rules, too.
  const matching = rules.filter(({ pattern, enabled }) => pattern !== undefined && enabled);
  for (const bus of new Set(matching.map((rule) => rule.bus)))
    if (bus !== 'default') await client.call('events', 'CreateEventBus', { Name: bus });
  for (const rule of matching) {
    const { name, pattern, bus } = rule;
    const matchQueue = getMatchQueue(rule);
    await client.call('sqs', 'CreateQueue', { QueueName: matchQueue });
    const target = { Id: 'matched', Arn: `arn:${partition}:sqs:${region}:${account}:${matchQueue}` };
    const common = { EventBusName: bus };
    await client.call('events', 'PutRule', { ...common, Name: name, EventPattern: JSON.stringify(pattern) });
    await client.call('events', 'PutTargets', { ...common, Rule: name, Targets: [target] });
  }
  const deliveries = new Set<Promise<void>>();

  const start = (rule: EventRule, body: string) => {
    for (const delay of planDelivery(body, rule).delays) {
      const delivery = (delay > 0 ? sleep(delay) : Promise.resolve())
        .then(() => deliver(options, rule, body))
        .finally(() => deliveries.delete(delivery));
      deliveries.add(delivery);
      delivery.catch(() => {}); // Reported by `waitUntilDelivered`.
    }
  };

  /** Delivers what moto has matched. */
  const pump = async () => {
    for (const rule of matching) {
      const url = `https://sqs.${region}.amazonaws.com/${account}/${getMatchQueue(rule)}`;
      for (;;) {
        const { Messages = [] } = await client.call<{ Messages?: SqsMessage[] }>('sqs', 'ReceiveMessage', {
          QueueUrl: url,
          MaxNumberOfMessages: 10,
        });
        if (Messages.length === 0) break;
        for (const { Body, ReceiptHandle } of Messages) {
          start(rule, Body.replace('{', `{"account": "${account}", `));
          await client.call('sqs', 'DeleteMessage', { QueueUrl: url, ReceiptHandle });
        }
      }
    }
  };

  return {
    async publish(events) {
      const ids: string[] = [];
      for (let index = 0; index < events.length; index += MAX_ENTRIES) {
        const Entries = events.slice(index, index + MAX_ENTRIES).map(toEntry);
        const { Entries: put } = await client.call<PutEventsOutput>('events', 'PutEvents', { Entries });
        for (const { EventId, ErrorMessage } of put) {
          if (EventId === undefined) throw new Error(`EventBridge rejects the event: ${ErrorMessage}`);
          ids.push(EventId);
        }
      }
      await pump();
      return ids;
    },
    async putEvents(input) {
      const entries = Array.isArray(input.Entries) ? input.Entries : [];
      const isReserved = (entry: { Source?: unknown }) => String(entry.Source).startsWith('aws.');
      const accepted = entries.filter((entry) => !isReserved(entry));
      const output =
        accepted.length === 0
          ? { Entries: [] }
          : await client.call<PutEventsOutput>('events', 'PutEvents', { ...input, Entries: accepted });
      await pump();
      const results = [...output.Entries];
      const Entries = entries.map((entry) => (isReserved(entry) ? RESERVED_SOURCE : (results.shift() ?? {})));
      return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
    },
    async triggerSchedule(rule, time = new Date()) {
      if (!rule.enabled) throw new Error(`The rule ${rule.name} is disabled.`);
      const id = randomUUID();
      const event = {
        version: '0',
        id,
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account,
        time: formatTime(time),
        region,
        resources: [rule.arn],
        detail: {},
      };
      start(rule, JSON.stringify(event));
      return id;
    },
    async waitUntilDelivered() {
      while (deliveries.size > 0) await Promise.all(deliveries);
    },
  };

  function toEntry({ source, detailType, detail, resources, time, bus }: PublishedEvent): object {
    return {
      Source: source,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
      ...(resources === undefined ? {} : { Resources: resources }),
      ...(time === undefined ? {} : { Time: time.getTime() / 1000 }),
      ...(bus === undefined ? {} : { EventBusName: bus }),
    };
  }

  async function deliver({ client: moto, onSent }: EventBusOptions, rule: EventRule, body: string): Promise<void> {
    const find = (arn: string | undefined) => queues.find((queue) => queue.arn === arn);
    const queue = find(rule.queueArn);
    if (queue !== undefined && (await canRuleSend(rule, queue, account))) {
      await moto.call('sqs', 'SendMessage', { QueueUrl: queue.url, MessageBody: body });
      onSent?.(queue);
      return;
    }
    const deadLetterQueue = find(rule.deadLetterArn);
    if (deadLetterQueue === undefined || !(await canRuleSend(rule, deadLetterQueue, account))) return;
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: rule.queueArn,
      ERROR_CODE: 'NO_PERMISSIONS',
      ERROR_MESSAGE: 'The policy of the target queue does not allow this rule to send messages.',
    };
    await moto.call('sqs', 'SendMessage', {
      QueueUrl: deadLetterQueue.url,
      MessageBody: body,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
    });
  }
}

const MAX_ENTRIES = 10;

interface PutEventsOutput {
  readonly Entries: readonly {
    readonly EventId?: string;
    readonly ErrorCode?: string;
    readonly ErrorMessage?: string;
  }[];
}

const RESERVED_SOURCE = {
  ErrorCode: 'NotAuthorizedForSourceException',
  ErrorMessage: 'Not authorized for the source.',
};

const formatTime = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
