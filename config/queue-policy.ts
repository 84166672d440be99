/** One statement of the policy of a queue, as in its JSON. */
export interface QueuePolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly Service: string };
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface QueuePolicyOptions {
  readonly queueArn: string;
  /** The rule of EventBridge that sends events to the queue. */
  readonly ruleArn: string;
  /**
   * Roles that may send too, if their own policies allow it. `*` in an ARN matches any characters. `StartMessageMoveTask` needs
   * `sqs:SendMessage` of whoever starts it (documented), and is assumed to send as that role.
   */
  readonly senderRoleArns: readonly string[];
}

/**
 * Creates the policy of a queue: only one rule of EventBridge and some roles may send messages to it, and every request must use TLS. What is
 * in the queue is a command of the event's caller, so whoever sends to it is that caller.
 *
 * See `createFunctionPolicy` for why a Deny statement names everybody else, and why its conditions are negated.
 * Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html, "Amazon SQS permissions", and for its
 * dead-letter queue `eb-rule-dlq.html`, "Granting permissions to the dead-letter queue"
 */
export const createQueuePolicy = ({
  queueArn,
  ruleArn,
  senderRoleArns,
}: QueuePolicyOptions): { Version: string; Statement: QueuePolicyStatement[] } => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Rule',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': ruleArn } },
    },
    {
      Sid: 'EverybodyElse',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: {
        ArnNotLike: {
          'aws:SourceArn': ruleArn,
          ...(senderRoleArns.length === 0 ? {} : { 'aws:PrincipalArn': senderRoleArns }),
        },
      },
    },
    {
      Sid: 'WithoutTls',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: queueArn,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});
