/** EventBridge on this machine: what moto's server matches, and what `local/events/event-bus.ts` adds. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMotoClient, type MotoClient } from '../../local/aws/moto-client.ts';
import { type Moto, startMoto } from '../../local/aws/start-moto.ts';
import { createEventBus, type EventBus } from '../../local/events/event-bus.ts';
import type { SqsMessage } from '../../local/events/sqs-message.ts';
import type { EventRule, Queue } from '../../local/gateway/template/gateway-model.ts';
import { createStackLocation } from '../../local/gateway/template/resource-identity.ts';

const location = createStackLocation('events', '111122223333', 'eu-west-1');

const createQueue = (name: string, policy: unknown): Queue => ({
  logicalId: name,
  name,
  arn: `arn:aws:sqs:eu-west-1:111122223333:${name}`,
  url: `https://sqs.eu-west-1.amazonaws.com/111122223333/${name}`,
  visibilityTimeoutSeconds: 30,
  retentionSeconds: 345_600,
  maxMessageBytes: 1_048_576,
  policy,
});

const ALLOW = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
  ],
};

const QUEUES = [createQueue('open', ALLOW), createQueue('dead', ALLOW), createQueue('closed', undefined)];

const createRule = (name: string, rule: Partial<EventRule>): EventRule => ({
  logicalId: name,
  name,
  arn: `arn:aws:events:eu-west-1:111122223333:rule/${name}`,
  bus: 'default',
  enabled: true,
  queueArn: QUEUES[0]!.arn,
  ...rule,
});

const RULES = [
  createRule('numbers', { pattern: { source: ['shop'], detail: { total: [{ numeric: ['>', 10] }] } } }),
  createRule('other-bus', { bus: 'orders', pattern: { source: ['shop'] } }),
  createRule('off', { enabled: false, pattern: { source: ['disabled'] } }),
  createRule('denied', { queueArn: QUEUES[2]!.arn, deadLetterArn: QUEUES[1]!.arn, pattern: { source: ['denied'] } }),
  createRule('lost', { queueArn: QUEUES[2]!.arn, pattern: { source: ['lost'] } }),
];

let moto: Moto | undefined;
let client: MotoClient;
let bus: EventBus;

beforeAll(async () => {
  const started = await startMoto(location.account);
  if ('unavailable' in started) {
    console.error(`SKIPPED: EventBridge on this machine: ${started.unavailable}`);
    return;
  }
  moto = started;
  client = createMotoClient(moto, location.region);
  for (const { name } of QUEUES) await client.call('sqs', 'CreateQueue', { QueueName: name });
  bus = await createEventBus({
    client,
    location,
    rules: RULES,
    queues: QUEUES,
    planDelivery: (body) => ({ delays: body.includes('"twice"') ? [0, 20] : [0] }),
  });
});
afterAll(() => moto?.close());

/** Publishes an event, and takes what arrives in a queue. */
async function publish(queue: string, event: { source: string; detail: object; bus?: string; detailType?: string }) {
  const [id] = await bus.publish([{ detailType: 'test', ...event }]);
  await bus.waitUntilDelivered();
  const { url } = QUEUES.find(({ name }) => name === queue)!;
  const { Messages = [] } = await client.call<{ Messages?: SqsMessage[] }>('sqs', 'ReceiveMessage', {
    QueueUrl: url,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
  });
  for (const { ReceiptHandle } of Messages) await client.call('sqs', 'DeleteMessage', { QueueUrl: url, ReceiptHandle });
  return { id, messages: Messages };
}

test('an event that a pattern matches arrives as EventBridge writes it', async () => {
  if (moto === undefined) return;
  const { id, messages } = await publish('open', { source: 'shop', detail: { total: 12, order: '{1}' } });
  expect(messages.map(({ Body }) => JSON.parse(Body))).toEqual([
    {
      version: '0',
      id,
      'detail-type': 'test',
      source: 'shop',
      account: '111122223333',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'eu-west-1',
      resources: [],
      detail: { total: 12, order: '{1}' },
    },
  ]);
});

test('an event can be delivered twice, with the same id in two messages', async () => {
  if (moto === undefined) return;
  const { id, messages } = await publish('open', { source: 'shop', detail: { total: 12, note: 'twice' } });
  expect(messages.map(({ Body }) => JSON.parse(Body).id)).toEqual([id, id]);
  expect(new Set(messages.map(({ MessageId }) => MessageId)).size).toBe(2);
});

test.each([
  ['a value that does not match', { source: 'shop', detail: { total: 9 } }, 0],
  ['another bus', { source: 'shop', detail: {}, bus: 'orders' }, 1],
  ['a rule that is disabled', { source: 'disabled', detail: {} }, 0],
])('%s', async (_, event, count) => {
  if (moto === undefined) return;
  expect((await publish('open', event)).messages).toHaveLength(count);
});

test('an event that the policy of the queue denies goes to the dead-letter queue of the rule, with the reason', async () => {
  if (moto === undefined) return;
  const { id, messages } = await publish('dead', { source: 'denied', detail: {} });
  expect(messages.map(({ Body }) => JSON.parse(Body).id)).toEqual([id]);
  const attributes = Object.entries(messages[0]?.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
    name,
    StringValue,
  ]);
  expect(Object.fromEntries(attributes)).toMatchObject({
    RULE_ARN: 'arn:aws:events:eu-west-1:111122223333:rule/denied',
    TARGET_ARN: QUEUES[2]!.arn,
    ERROR_CODE: 'NO_PERMISSIONS',
  });
});

test('without a dead-letter queue it is lost', async () => {
  if (moto === undefined) return;
  expect((await publish('closed', { source: 'lost', detail: {} })).messages).toEqual([]);
  expect((await publish('dead', { source: 'nothing', detail: {} })).messages).toEqual([]);
});

test('a pattern that EventBridge would reject fails', async () => {
  if (moto === undefined) return;
  const rules = [createRule('invalid', { pattern: { source: 'shop' } })];
  await expect(createEventBus({ client, location, rules, queues: QUEUES })).rejects.toThrow('InvalidEventPattern');
});
