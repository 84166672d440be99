/** Queues, rules and event source mappings: what the gateway reads, and what AWS would not deploy. */
import { afterEach, expect, test } from 'vitest';
import { loadTemplate } from '../../../../local/gateway/template/load-template.ts';
import { addToFixture, type FixtureTemplate, writeAssembly } from './assembly-fixture.ts';

type Resources = FixtureTemplate['Resources'];

const getArn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const RULE_ARN = 'arn:aws:events:ap-southeast-2:111122223333:rule/orders';

const allowRule = (ruleArn: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
  ],
});

const PARTS: Resources = {
  Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders-dead' } },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'orders',
      VisibilityTimeout: 60,
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
      RedrivePolicy: { deadLetterTargetArn: getArn('Dead'), maxReceiveCount: 1000 },
    },
  },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: { Queues: [{ Ref: 'Queue' }, { Ref: 'Dead' }], PolicyDocument: allowRule(RULE_ARN) },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'orders',
      EventPattern: { source: ['shop'], detail: { amount: [{ numeric: ['>', 10] }] } },
      Targets: [{ Id: 'Queue', Arn: getArn('Queue'), DeadLetterConfig: { Arn: getArn('Dead') } }],
    },
  },
  PollerPolicy: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'poller',
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
            Resource: getArn('Queue'),
          },
        ],
      },
    },
  },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: getArn('Queue'),
      FunctionName: getArn('BufferedFunction'),
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
    DependsOn: ['PollerPolicy'],
  },
};

/** Of the fixture. */
const isAboutEvents = (warning: string) => !warning.includes('access log');

let remove = () => {};
afterEach(() => remove());

function load(changes: Resources = {}) {
  const assembly = writeAssembly(addToFixture({ ...PARTS, ...changes }));
  remove = assembly.remove;
  return loadTemplate(assembly.directory);
}

const change = (logicalId: string, properties: Record<string, unknown>, attributes: Record<string, unknown> = {}) => ({
  [logicalId]: {
    ...PARTS[logicalId]!,
    ...attributes,
    Properties: { ...PARTS[logicalId]!.Properties, ...properties },
  },
});

test('reads the queues, the rule and the mapping', async () => {
  const { queues, eventRules, eventSources, schedules, warnings } = await load();
  const queueArn = 'arn:aws:sqs:ap-southeast-2:111122223333:orders';
  expect(queues).toMatchObject([
    { name: 'orders-dead', visibilityTimeoutSeconds: 30, retentionSeconds: 345_600 },
    {
      name: 'orders',
      arn: queueArn,
      url: 'https://sqs.ap-southeast-2.amazonaws.com/111122223333/orders',
      visibilityTimeoutSeconds: 60,
      redrive: { deadLetterArn: `${queueArn}-dead`, maxReceiveCount: 1000 },
      policy: allowRule(RULE_ARN),
    },
  ]);
  expect(eventRules).toEqual([
    {
      logicalId: 'Rule',
      name: 'orders',
      arn: RULE_ARN,
      bus: 'default',
      enabled: true,
      queueArn,
      deadLetterArn: `${queueArn}-dead`,
      pattern: { source: ['shop'], detail: { amount: [{ numeric: ['>', 10] }] } },
    },
  ]);
  expect(eventSources).toEqual([
    {
      logicalId: 'Mapping',
      queueArn,
      function: 'BufferedFunction',
      batchSize: 1,
      enabled: true,
      reportsItemFailures: true,
      maxConcurrency: 2,
    },
  ]);
  expect(schedules).toEqual([]);
  expect(warnings.filter(isAboutEvents)).toEqual([]);
});

test('a dead-letter queue can name its queue', async () => {
  const sourceQueueArns = ['arn:aws:sqs:ap-southeast-2:111122223333:orders'];
  const { queues } = await load(
    change('Dead', { RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns } }),
  );
  expect(queues).toHaveLength(2);
});

test('a rule on another bus has the name of the bus in its ARN', async () => {
  const { eventRules, warnings } = await load(change('Rule', { EventBusName: 'shop' }));
  expect(eventRules).toMatchObject([
    { name: 'orders', bus: 'shop', arn: 'arn:aws:events:ap-southeast-2:111122223333:rule/shop/orders' },
  ]);
  // The policy names the rule of the default bus.
  expect(warnings.filter(isAboutEvents)).toEqual([
    'Rule: the policy of Queue does not allow it to send events',
    'Rule: the policy of Dead does not allow it to send events',
  ]);
});

test('a schedule can send to a queue', async () => {
  const { eventRules, schedules } = await load(
    change('Rule', { EventPattern: undefined, ScheduleExpression: 'rate(1 hour)' }),
  );
  expect(eventRules).toMatchObject([{ name: 'orders', schedule: 'rate(1 hour)' }]);
  expect(schedules).toEqual([]);
});

test.each<[string, Resources, string]>([
  [
    'a function that may run longer than its messages are hidden',
    change('Queue', { VisibilityTimeout: 9 }),
    'Queue visibility timeout: 9 seconds is less than Function timeout: 10 seconds',
  ],
  [
    'a policy of the role that comes too late',
    change('Mapping', {}, { DependsOn: [] }),
    'does not have permissions to call ReceiveMessage on SQS',
  ],
  [
    'a role that may not delete',
    change('PollerPolicy', {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['sqs:ReceiveMessage', 'sqs:GetQueueAttributes'], Resource: getArn('Queue') },
        ],
      },
    }),
    'does not have permissions to call DeleteMessage on SQS',
  ],
  [
    'a maximum of one invocation',
    change('Mapping', { ScalingConfig: { MaximumConcurrency: 1 } }),
    'MaximumConcurrency 1 must be 2 to 1000',
  ],
  ['a batch of 100', change('Mapping', { BatchSize: 100 }), 'BatchSize 100 must be 1 to 10'],
  [
    'a batching window',
    change('Mapping', { MaximumBatchingWindowInSeconds: 5 }),
    'property MaximumBatchingWindowInSeconds is not supported',
  ],
  [
    'a dead-letter queue of another stack',
    change('Queue', {
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:ap-southeast-2:111122223333:x', maxReceiveCount: 3 },
    }),
    'is not in the template',
  ],
  [
    'a queue that its dead-letter queue does not allow',
    change('Dead', { RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: ['arn:aws:sqs:x:1:q'] } }),
    'the RedriveAllowPolicy of Dead does not allow it as a source',
  ],
  [
    'a queue whose dead-letter queue allows none',
    change('Dead', { RedriveAllowPolicy: { redrivePermission: 'denyAll' } }),
    'the RedriveAllowPolicy of Dead does not allow it as a source',
  ],
  [
    'a queue with two policies',
    { Second: { ...PARTS.QueuePolicy! } },
    'has another policy, and one would replace the other',
  ],
  [
    'a malformed policy',
    change('QueuePolicy', { PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Maybe' }] } }),
    'PolicyDocument is malformed',
  ],
  [
    'a rule with pattern and schedule',
    change('Rule', { ScheduleExpression: 'rate(1 hour)' }),
    'either an EventPattern',
  ],
  ['a FIFO queue', change('Queue', { QueueName: 'orders.fifo' }), 'is not a name of a standard queue'],
])('rejects %s', async (_, changes, message) => {
  await expect(load(changes)).rejects.toThrow(message);
});
