import { Stack, Token, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { createAllowStatement } from './proxy-function.ts';

/** What Lambda itself does with the role to attach a function to a VPC. */
const NETWORK_INTERFACE_ACTIONS = {
  // EC2 knows no resources for these two.
  describe: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
  manage: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

/**
 * What a relay's role may do beside writing its log: CLI tokens of one MWAA environment, and the network interfaces of a function
 * in a VPC, which Lambda handles with the role and the function's own code may not. A call of the code carries the key
 * `lambda:SourceFunctionArn`, a call of the service does not; any function, for the role is assumed by this one alone and its ARN
 * would make a circle.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function createRelayPolicies(scope: Construct, mwaaName: string): Record<string, PolicyDocument> {
  const stack = Stack.of(scope);
  const { describe, manage } = NETWORK_INTERFACE_ACTIONS;
  const document = (...statements: PolicyStatement[]) => new PolicyDocument({ statements });
  const environment = stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: mwaaName });
  const anyFunction = stack.formatArn({ service: 'lambda', resource: 'function:*' });
  return {
    Token: document(createAllowStatement(['airflow:CreateCliToken'], [environment])),
    NetworkInterfaces: document(
      createAllowStatement(describe, ['*']),
      createAllowStatement(manage, networkInterfaceArns(stack)),
      new PolicyStatement({
        effect: Effect.DENY,
        actions: [...describe, ...manage],
        resources: ['*'],
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
      }),
    ),
  };
}

/**
 * By type: IAM documents that a resource type takes no wildcard. Any id, since an interface that does not exist yet has none, and
 * any account, since a shared subnet belongs to another one.
 */
const networkInterfaceArns = (stack: Stack): string[] =>
  NETWORK_INTERFACE_RESOURCES.map((resource) =>
    stack.formatArn({ service: 'ec2', account: '*', resource, resourceName: '*' }),
  );

const NETWORK_INTERFACE_RESOURCES = ['network-interface', 'subnet', 'security-group'];

/** Why the role has wildcards. */
export function acknowledgeRelayRole(role: Role): void {
  const stack = Stack.of(role);
  const shown = (value: string, pseudo: string) => (Token.isUnresolved(value) ? `<AWS::${pseudo}>` : value);
  const arn = `arn:${shown(stack.partition, 'Partition')}:ec2:${shown(stack.region, 'Region')}:*`;
  Validations.of(role).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'EC2 has no resource-level permissions for describing network interfaces and subnets.',
    },
    ...NETWORK_INTERFACE_RESOURCES.map((part) => ({
      id: `AwsSolutions-IAM5[Resource::${arn}:${part}/*]` as const,
      reason: 'Lambda makes the interfaces of a function in a VPC, and their ids are not known before.',
    })),
  );
}
