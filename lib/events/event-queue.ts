import { Stack } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnEventSourceMapping, type CfnResourcePolicy, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnQueue, CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventConfig } from '../../config/config-types.ts';
import { createQueuePolicy } from '../../config/queue-policy.ts';
import type { EventNames } from '../../files/resource-names.ts';

export interface EventQueueProps {
  /** The name of the event in the configuration. */
  readonly name: string;
  readonly event: EventConfig;
  readonly names: EventNames;
  /** False: no event enters the queue, and none leaves it. */
  readonly isActive: boolean;
  readonly visibilitySeconds: number;
  /** The events function. */
  readonly consumer: IFunction;
  readonly consumerRoleArn: string;
  /** Who may invoke the events function. It exists before the first message does. */
  readonly consumerPolicy: CfnResourcePolicy | undefined;
  /** Roles that may move messages from the dead-letter queue back to the queue. */
  readonly redriveRoles: readonly string[];
}

const RETENTION_SECONDS = 14 * 24 * 3600;
/** What SQS offers at most. A message in the dead-letter queue has the event and the reason. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * How often SQS delivers a message before it moves it to the dead-letter queue by itself: a backstop only, because it gives no reason. The
 * events function gives up earlier.
 */
const MAX_RECEIVE_COUNT = 1000;

/** At least two, says Lambda. The event relay has fewer slots, so the second command waits in the function. */
const MAX_CONCURRENCY = 2;

/**
 * The way of the events of one rule: rule of EventBridge → queue → events function, and the dead-letter queue for events that EventBridge
 * cannot deliver or whose command can never succeed.
 *
 * The names are fixed, so that everything behind the rule, the policies of the queues too, can exist before it: EventBridge does not
 * repeat what a policy denies.
 */
export class EventQueue extends Construct {
  readonly rule: CfnRule;
  readonly queue: CfnQueue;
  readonly deadLetterQueue: CfnQueue;

  constructor(scope: Construct, id: string, props: EventQueueProps) {
    super(scope, id);
    const { name, event, names, isActive, visibilitySeconds, consumer, consumerRoleArn, redriveRoles } = props;
    const { consumerPolicy } = props;
    const { pattern, schedule, bus } = event;
    // By default, every queue of the account can have another as its dead-letter queue. SQS then moves messages there without asking the
    // policy of that queue, so whoever has a queue could put events into these.
    const queueArn = Stack.of(this).formatArn({ service: 'sqs', resource: names.queue });
    this.deadLetterQueue = new CfnQueue(this, 'DeadLetterQueue', {
      queueName: names.deadLetterQueue,
      redriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [queueArn] },
      messageRetentionPeriod: RETENTION_SECONDS,
      maximumMessageSize: MAX_MESSAGE_BYTES,
      sqsManagedSseEnabled: true,
    });
    this.queue = new CfnQueue(this, 'Queue', {
      queueName: names.queue,
      messageRetentionPeriod: RETENTION_SECONDS,
      maximumMessageSize: MAX_MESSAGE_BYTES,
      visibilityTimeout: visibilitySeconds,
      sqsManagedSseEnabled: true,
      redriveAllowPolicy: { redrivePermission: 'denyAll' },
      redrivePolicy: { deadLetterTargetArn: this.deadLetterQueue.attrArn, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    const ruleArn = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: bus === undefined ? names.rule : `${bus}/${names.rule}`,
    });
    const policies = [
      this.#addPolicy('QueuePolicy', this.queue, ruleArn, redriveRoles),
      this.#addPolicy('DeadLetterQueuePolicy', this.deadLetterQueue, ruleArn, [consumerRoleArn]),
    ];
    const mapping = new CfnEventSourceMapping(this, 'Mapping', {
      eventSourceArn: this.queue.attrArn,
      functionName: consumer.functionArn,
      enabled: isActive,
      batchSize: 1,
      functionResponseTypes: ['ReportBatchItemFailures'],
      scalingConfig: { maximumConcurrency: MAX_CONCURRENCY },
    });
    if (consumerPolicy !== undefined) mapping.addResourceDependency(consumerPolicy);
    this.rule = new CfnRule(this, 'Rule', {
      name: names.rule,
      description: `Events that run a command in ${event.environment} as event:${name}`,
      state: isActive ? 'ENABLED' : 'DISABLED',
      ...(bus === undefined ? {} : { eventBusName: bus }),
      ...(schedule === undefined ? { eventPattern: pattern } : { scheduleExpression: schedule }),
      targets: [{ id: 'Queue', arn: this.queue.attrArn, deadLetterConfig: { arn: this.deadLetterQueue.attrArn } }],
    });
    for (const dependency of [...policies, mapping]) this.rule.addResourceDependency(dependency);
  }

  #addPolicy(id: string, queue: CfnQueue, ruleArn: string, senderRoleArns: readonly string[]): CfnQueuePolicy {
    return new CfnQueuePolicy(this, id, {
      queues: [queue.ref],
      policyDocument: createQueuePolicy({ queueArn: queue.attrArn, ruleArn, senderRoleArns }),
    });
  }
}
