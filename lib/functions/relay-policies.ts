import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { createAllowStatement } from './proxy-function.ts';

/**
 * The EC2 actions that Lambda needs to attach a function to a VPC. Before it creates the function, Lambda checks that the role allows
 * all of them for every resource, and without condition keys. A narrower statement makes the deployment fail.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 */
const NETWORK_INTERFACE_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * Returns the permissions of a relay's role, in addition to writing its log: to create CLI tokens for one MWAA environment, and to
 * manage network interfaces. Lambda manages them to attach the function to the VPC. A Deny statement prevents the code of the
 * function from doing so. Only calls from the code have the condition key `lambda:SourceFunctionArn`. The condition matches any
 * function, because no other function has this role.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
export function createRelayPolicies(scope: Construct, mwaaName: string): Record<string, PolicyDocument> {
  const stack = Stack.of(scope);
  const createDocument = (...statements: PolicyStatement[]) => new PolicyDocument({ statements });
  const environment = stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: mwaaName });
  const anyFunction = stack.formatArn({ service: 'lambda', resource: 'function:*' });
  return {
    Token: createDocument(createAllowStatement(['airflow:CreateCliToken'], [environment])),
    NetworkInterfaces: createDocument(
      createAllowStatement(NETWORK_INTERFACE_ACTIONS, ['*']),
      new PolicyStatement({
        effect: Effect.DENY,
        actions: NETWORK_INTERFACE_ACTIONS,
        resources: ['*'],
        conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
      }),
    ),
  };
}

/** Explains the wildcard in the role to cdk-nag. */
export function acknowledgeRelayRole(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Lambda checks that the role may manage all network interfaces before it creates a function in a VPC. The code of the function may not.',
  });
}
