import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { CfnResourcePolicy, Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';
import { EVENTS_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from '../functions/audit-log-group.ts';
import { formatFindingArn } from '../functions/finding-resource.ts';
import { MappedFunctionPolicy } from '../functions/function-policy.ts';
import { createAllowStatement, ProxyFunction } from '../functions/proxy-function.ts';

export interface EventsFunctionProps {
  readonly code: Code;
  readonly logs: LogOptions;
  readonly timeoutSeconds: number;
  readonly functionPolicies: Config['functionPolicies'];
  /** What the names of all queues, all dead-letter queues, and all event relays begin with. */
  readonly prefixes: { readonly queues: string; readonly deadLetterQueues: string; readonly relays: string };
}

/** What Lambda and the function do with the queues. Source: Lambda, "Configuring execution role permissions" for Amazon SQS. */
const QUEUE_ACTIONS = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ChangeMessageVisibility',
];

/** Runs the commands of events. It has no VPC. Lambda invokes it for each message in a queue. */
export class EventsFunction extends Construct {
  readonly proxyFunction: ProxyFunction;
  readonly policy: CfnResourcePolicy | undefined;

  constructor(scope: Construct, id: string, props: EventsFunctionProps) {
    super(scope, id);
    const { code, logs, timeoutSeconds, prefixes, functionPolicies } = props;
    const wildcards = [
      { service: 'sqs', resource: `${prefixes.queues}*` },
      { service: 'sqs', resource: `${prefixes.deadLetterQueues}*` },
      { service: 'lambda', resource: `function:${prefixes.relays}*` },
    ] as const;
    const [queues, deadLetterQueues, relays] = wildcards.map((wildcard) => Stack.of(this).formatArn(wildcard));
    const allow = (actions: string[], resource = '') =>
      new PolicyDocument({ statements: [createAllowStatement(actions, [resource])] });
    this.proxyFunction = new ProxyFunction(this, 'Function', {
      handler: EVENTS_FUNCTION.handler,
      description: 'Runs the Airflow commands of events, as the callers of these events',
      code,
      logs,
      memorySize: 256,
      timeoutSeconds,
      // Wildcards, so that the policies do not grow with the number of events and environments.
      policies: {
        Queues: allow(QUEUE_ACTIONS, queues),
        DeadLetterQueues: allow(['sqs:SendMessage'], deadLetterQueues),
        Relays: allow(['lambda:InvokeFunction'], relays),
      },
    });
    for (const { service, resource } of wildcards) {
      Validations.of(this.proxyFunction.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${formatFindingArn(this, service, resource)}]`,
        reason:
          'The function serves all events and environments of this deployment, whose names begin with this prefix.',
      });
    }
    const { policy } = new MappedFunctionPolicy(this, 'Invocation', {
      function: this.proxyFunction.function,
      roleArn: this.proxyFunction.role.roleArn,
      mode: functionPolicies,
    });
    this.policy = policy;
  }
}
