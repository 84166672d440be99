/**
 * Reads the queues of a template, the EventBridge rules that send events to them, and the event source mappings by which Lambda invokes
 * functions with their messages.
 *
 * Documented (Lambda, "Using Lambda with Amazon SQS", `CreateEventSourceMapping`): the batch sizes and the concurrency, that Lambda rejects a
 * function whose timeout exceeds the visibility timeout, and the permissions that the function's role needs; SQS, quotas; EventBridge,
 * "Using dead-letter queues".
 * Reported by users of AWS, not documented: that Lambda checks the role when it creates a mapping, and the message.
 */
import { evaluatePolicies, UndecidableError } from '../../iam/evaluate-policies.ts';
import { createPrincipalStore } from '../../iam/principal-store.ts';
import { listPoliciesAtCreation } from './check-service-role.ts';
import type { EventRule, EventSource, LambdaFunction, Queue } from './gateway-model.ts';
import { isRecord } from './parse-json.ts';
import {
  getList,
  getOptionalNumber,
  getOptionalString,
  getProperty,
  getString,
  getStringList,
} from './read-properties.ts';
import { readRoles } from './read-roles.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';
import { createRejectResource } from './unsupported-template.ts';

const ofType = (resources: readonly ResolvedResource[], type: string) =>
  resources.filter((resource) => resource.type === type);

/** Documented: SQS, quotas. */
const MAX_MESSAGE_BYTES = 1_048_576;

/** Throws an `UnsupportedTemplateError` for what SQS would reject, and for a dead-letter queue that is not in the template. */
export async function readQueues(resources: readonly ResolvedResource[]): Promise<Queue[]> {
  const queueResources = ofType(resources, 'AWS::SQS::Queue');
  const queues = queueResources.map((resource): Queue => {
    const reject = createRejectResource(resource);
    const { ref: url, attributes } = resource.identity;
    const { Arn: arn = '', QueueName: name = '' } = attributes;
    if (!/^[\w-]{1,80}$/.test(name)) reject(`${name} is not a name of a standard queue`);
    const visibilityTimeoutSeconds = getOptionalNumber(resource, 'VisibilityTimeout') ?? 30;
    if (visibilityTimeoutSeconds > 43_200) reject(`VisibilityTimeout ${visibilityTimeoutSeconds} exceeds 12 hours`);
    const redrive = getProperty(resource, 'RedrivePolicy');
    return {
      logicalId: resource.logicalId,
      name,
      arn,
      url,
      visibilityTimeoutSeconds,
      retentionSeconds: getOptionalNumber(resource, 'MessageRetentionPeriod') ?? 345_600,
      maxMessageBytes: getOptionalNumber(resource, 'MaximumMessageSize') ?? MAX_MESSAGE_BYTES,
      ...(redrive === undefined
        ? {}
        : {
            redrive: {
              deadLetterArn: getString(resource, 'RedrivePolicy.deadLetterTargetArn'),
              maxReceiveCount:
                getOptionalNumber(resource, 'RedrivePolicy.maxReceiveCount') ?? reject('maxReceiveCount is missing'),
            },
          }),
    };
  });
  for (const { logicalId, arn, redrive } of queues) {
    if (redrive === undefined) continue;
    const reject = createRejectResource({ logicalId, type: 'AWS::SQS::Queue' });
    if (!queues.some(({ arn }) => arn === redrive.deadLetterArn))
      reject(`its dead-letter queue ${redrive.deadLetterArn} is not in the template`);
    const deadLetterQueue = queueResources.find(({ identity }) => identity.attributes.Arn === redrive.deadLetterArn);
    if (deadLetterQueue !== undefined && !isAllowedSource(deadLetterQueue, arn))
      reject(`the RedriveAllowPolicy of ${deadLetterQueue.logicalId} does not allow it as a source`);
    if (!(redrive.maxReceiveCount >= 1 && redrive.maxReceiveCount <= 1000))
      reject(`maxReceiveCount ${redrive.maxReceiveCount} must be 1 to 1000`);
  }
  for (const resource of ofType(resources, 'AWS::SQS::QueuePolicy')) await addPolicy(resource, queues);
  return queues;
}

/** Whether a queue may be the dead-letter queue of another one (documented: SQS, `RedriveAllowPolicy`; default: of every queue). */
function isAllowedSource(deadLetterQueue: ResolvedResource, sourceArn: string): boolean {
  const permission = getOptionalString(deadLetterQueue, 'RedriveAllowPolicy.redrivePermission') ?? 'allowAll';
  const listed = getStringList(deadLetterQueue, 'RedriveAllowPolicy.sourceQueueArns');
  return permission === 'allowAll' || (permission === 'byQueue' && listed.includes(sourceArn));
}

/** The policy replaces the queue's. SQS rejects one that is malformed. */
async function addPolicy(resource: ResolvedResource, queues: readonly Queue[]): Promise<void> {
  const reject = createRejectResource(resource);
  const policy = getProperty(resource, 'PolicyDocument');
  if (!isRecord(policy)) return reject('PolicyDocument must be an object');
  for (const url of getStringList(resource, 'Queues')) {
    const queue = queues.find((candidate) => candidate.url === url) ?? reject(`queue ${url} is not in the template`);
    if (queue.policy !== undefined) reject(`${queue.logicalId} has another policy, and one would replace the other`);
    await evaluatePolicies({
      principal: { service: 'events.amazonaws.com' },
      action: 'sqs:SendMessage',
      resource: queue.arn,
      resourcePolicy: policy,
    }).catch((error: Error) =>
      error instanceof UndecidableError
        ? reject(`PolicyDocument is malformed: ${error.message}`)
        : Promise.reject(error),
    );
    Object.assign(queue, { policy });
  }
}

const isQueueArn = (arn: unknown): boolean => /^arn:[^:]+:sqs:/.test(String(arn));

/** Whether a rule sends events to a queue. The other rules are schedules that invoke a function: `read-schedules.ts`. */
export const hasQueueTarget = (rule: ResolvedResource): boolean =>
  getList(rule, 'Targets').some((target) => isRecord(target) && isQueueArn(target.Arn));

/** Throws an `UnsupportedTemplateError` for a rule that has other targets than one queue of the template. */
export function readEventRules(resources: readonly ResolvedResource[], queues: readonly Queue[]): EventRule[] {
  return ofType(resources, 'AWS::Events::Rule')
    .filter(hasQueueTarget)
    .map((resource): EventRule => {
      const reject = createRejectResource(resource);
      const findQueue = (arn: unknown): Queue =>
        queues.find((queue) => queue.arn === arn) ?? reject(`queue ${String(arn)} is not in the template`);
      const [target, ...more] = getList(resource, 'Targets');
      if (!isRecord(target) || more.length > 0) return reject('it must have exactly one target');
      if (target.Input !== undefined) reject('the input of a target that is a queue is not supported');
      const deadLetterArn = isRecord(target.DeadLetterConfig) ? findQueue(target.DeadLetterConfig.Arn).arn : undefined;
      const pattern = getProperty(resource, 'EventPattern');
      const schedule = getOptionalString(resource, 'ScheduleExpression');
      if (pattern !== undefined && !isRecord(pattern)) return reject('EventPattern must be an object');
      if ((pattern === undefined) === (schedule === undefined))
        return reject('it must have either an EventPattern or a ScheduleExpression');
      const bus = getOptionalString(resource, 'EventBusName')?.replace(/^.*:event-bus\//, '') ?? 'default';
      if (schedule !== undefined && bus !== 'default')
        reject('ScheduleExpression is supported only on the default bus');
      return {
        logicalId: resource.logicalId,
        name: resource.identity.ref.replace(/^.*\|/, ''),
        arn: resource.identity.attributes.Arn ?? '',
        bus,
        enabled: getOptionalString(resource, 'State') !== 'DISABLED',
        queueArn: findQueue(target.Arn).arn,
        ...(pattern === undefined ? {} : { pattern }),
        ...(schedule === undefined ? {} : { schedule }),
        ...(deadLetterArn === undefined ? {} : { deadLetterArn }),
      };
    });
}

/** Documented: Lambda, "Configuring execution role permissions" for Amazon SQS. */
const POLLER_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
/** Without a batching window. */
const MAX_BATCH_SIZE = 10;

/** Throws an `UnsupportedTemplateError` for a mapping that Lambda would not create. */
export async function readEventSources(
  resources: readonly ResolvedResource[],
  queues: readonly Queue[],
  functions: ReadonlyMap<string, LambdaFunction>,
  location: StackLocation,
): Promise<EventSource[]> {
  const roles = readRoles([...resources]);
  const sources: EventSource[] = [];
  for (const resource of ofType(resources, 'AWS::Lambda::EventSourceMapping')) {
    const reject = createRejectResource(resource);
    const queueArn = getString(resource, 'EventSourceArn');
    const queue = queues.find(({ arn }) => arn === queueArn) ?? reject(`queue ${queueArn} is not in the template`);
    const named = getString(resource, 'FunctionName');
    const target =
      [...functions.values()].find(({ name, arn }) => name === named || arn === named) ??
      reject(`function ${named} is not in the template`);
    if (target.timeoutMs > 1000 * queue.visibilityTimeoutSeconds)
      reject(
        `Queue visibility timeout: ${queue.visibilityTimeoutSeconds} seconds is less than Function timeout: ${target.timeoutMs / 1000} seconds`,
      );
    const role = roles.get(target.role.arn);
    const policies = role === undefined ? target.role.policies : listPoliciesAtCreation(role, resource, resources);
    const poller = createPrincipalStore().issueCredentials(
      `arn:${location.partition}:sts::${location.account}:assumed-role/${target.role.name}/poller`,
      policies,
      { roleArn: target.role.arn },
    );
    for (const action of POLLER_ACTIONS) {
      const { allowed } = await evaluatePolicies({
        principal: poller,
        action,
        resource: queueArn,
        conditionKeys: { 'aws:SecureTransport': 'true' },
        ...(queue.policy === undefined ? {} : { resourcePolicy: queue.policy }),
      });
      if (!allowed)
        reject(
          `The provided execution role does not have permissions to call ${action.replace('sqs:', '')} on SQS: ` +
            'allow it in the role itself, or in a policy that the mapping depends on',
        );
    }
    const batchSize = getOptionalNumber(resource, 'BatchSize') ?? 10;
    if (!(batchSize >= 1 && batchSize <= MAX_BATCH_SIZE))
      reject(`BatchSize ${batchSize} must be 1 to ${MAX_BATCH_SIZE}`);
    const maxConcurrency = getOptionalNumber(resource, 'ScalingConfig.MaximumConcurrency');
    if (maxConcurrency !== undefined && !(maxConcurrency >= 2 && maxConcurrency <= 1000))
      reject(`MaximumConcurrency ${maxConcurrency} must be 2 to 1000`);
    sources.push({
      logicalId: resource.logicalId,
      queueArn,
      function: target.logicalId,
      batchSize,
      enabled: String(getProperty(resource, 'Enabled') ?? true) === 'true',
      reportsItemFailures: getStringList(resource, 'FunctionResponseTypes').includes('ReportBatchItemFailures'),
      ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    });
  }
  return sources;
}

/** Whether the policy of a queue lets a rule send to it (documented: EventBridge, "Amazon SQS permissions"). */
export async function canRuleSend(
  { arn: ruleArn }: Pick<EventRule, 'arn'>,
  { arn, policy }: Pick<Queue, 'arn' | 'policy'>,
  account: string,
): Promise<boolean> {
  const { allowed } = await evaluatePolicies({
    principal: { service: 'events.amazonaws.com' },
    action: 'sqs:SendMessage',
    resource: arn,
    resourcePolicy: policy,
    conditionKeys: { 'aws:SourceArn': ruleArn, 'aws:SourceAccount': account, 'aws:SecureTransport': 'true' },
  });
  return allowed;
}

export async function listEventWarnings(
  rules: readonly EventRule[],
  queues: readonly Queue[],
  account: string,
): Promise<string[]> {
  const warnings: string[] = [];
  for (const rule of rules) {
    for (const arn of [rule.queueArn, rule.deadLetterArn]) {
      const queue = queues.find((candidate) => candidate.arn === arn);
      if (queue !== undefined && rule.enabled && !(await canRuleSend(rule, queue, account)))
        warnings.push(`${rule.logicalId}: the policy of ${queue.logicalId} does not allow it to send events`);
    }
  }
  return warnings;
}
