import { Stack, Token, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { createAllowStatement } from './proxy-function.ts';

/** The EC2 actions that Lambda needs to attach a function to a VPC. */
const NETWORK_INTERFACE_ACTIONS = {
  // EC2 supports no resource-level permissions for these two.
  describe: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
  manage: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

/**
 * Returns the permissions of a relay's role, in addition to writing its log: to create CLI tokens for one MWAA environment, and to
 * manage network interfaces. Lambda manages them to attach the function to the VPC. A Deny statement prevents the code of the
 * function from doing so. Only calls from the code have the condition key `lambda:SourceFunctionArn`. The condition matches any function, because the ARN of
 * this function would create a circular dependency, and no other function has this role.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function createRelayPolicies(scope: Construct, mwaaName: string): Record<string, PolicyDocument> {
  const stack = Stack.of(scope);
  const { describe, manage } = NETWORK_INTERFACE_ACTIONS;
  const createDocument = (...statements: PolicyStatement[]) => new PolicyDocument({ statements });
  const environment = stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: mwaaName });
  const anyFunction = stack.formatArn({ service: 'lambda', resource: 'function:*' });
  return {
    Token: createDocument(createAllowStatement(['airflow:CreateCliToken'], [environment])),
    NetworkInterfaces: createDocument(
      createAllowStatement(describe, ['*']),
      createAllowStatement(manage, listNetworkInterfaceArns(stack)),
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
 * Returns the ARNs by resource type, because IAM allows no wildcard in the type. The ID is a wildcard, because it is unknown before
 * the interface exists. The account is a wildcard, because a shared subnet belongs to another account.
 */
const listNetworkInterfaceArns = (stack: Stack): string[] =>
  NETWORK_INTERFACE_RESOURCES.map((resource) =>
    stack.formatArn({ service: 'ec2', account: '*', resource, resourceName: '*' }),
  );

const NETWORK_INTERFACE_RESOURCES = ['network-interface', 'subnet', 'security-group'];

/** Explains the wildcards in the role to cdk-nag. */
export function acknowledgeRelayRole(role: Role): void {
  const stack = Stack.of(role);
  const format = (value: string, pseudoParameter: string) =>
    Token.isUnresolved(value) ? `<AWS::${pseudoParameter}>` : value;
  const arn = `arn:${format(stack.partition, 'Partition')}:ec2:${format(stack.region, 'Region')}:*`;
  Validations.of(role).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'EC2 supports no resource-level permissions for describing network interfaces and subnets.',
    },
    ...NETWORK_INTERFACE_RESOURCES.map((part) => ({
      id: `AwsSolutions-IAM5[Resource::${arn}:${part}/*]` as const,
      reason: 'Lambda creates the network interfaces of a function in a VPC, so their IDs are not known in advance.',
    })),
  );
}
