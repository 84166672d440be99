import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** What Lambda itself does with the role to attach a function to a VPC; the function's code has no use for it. */
const NETWORK_INTERFACES = {
  // EC2 knows no resources for these two.
  describe: ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
  manage: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
};

export interface RelayRoleProps {
  readonly mwaaName: string;
  readonly logGroup: ILogGroup;
}

/**
 * The role of one relay function: CLI tokens of one MWAA environment, its own log group, and the network interfaces of a
 * function in a VPC. All in the role itself, so that no moment exists in which it has more or less.
 */
export function relayRole(scope: Construct, id: string, { mwaaName, logGroup }: RelayRoleProps): Role {
  const stack = Stack.of(scope);
  const allow = (actions: string[], resources: string[]) =>
    new PolicyDocument({ statements: [new PolicyStatement({ effect: Effect.ALLOW, actions, resources })] });

  // By type: IAM documents that a resource type takes no wildcard. Any id, since an interface that does not exist yet has
  // none, and any account, since a shared subnet belongs to another one.
  const interfaces = ['network-interface', 'subnet', 'security-group'].map((resource) =>
    stack.formatArn({ service: 'ec2', account: '*', resource, resourceName: '*' }),
  );
  const role = new Role(scope, id, {
    description: `Relay to the MWAA environment ${mwaaName}`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Token: allow(
        ['airflow:CreateCliToken'],
        [stack.formatArn({ service: 'airflow', resource: 'environment', resourceName: mwaaName })],
      ),
      Log: allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [logGroup.logGroupArn]),
      DescribeInterfaces: allow(NETWORK_INTERFACES.describe, ['*']),
      ManageInterfaces: allow(NETWORK_INTERFACES.manage, interfaces),
    },
  });

  Validations.of(role).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'EC2 has no resource-level permissions for describing network interfaces and subnets.',
    },
    ...interfaces.map((resource) => ({
      id: `AwsSolutions-IAM5[Resource::${resource}]` as const,
      reason: 'Lambda makes the interfaces of a function in a VPC, and their ids are not known before.',
    })),
  );
  return role;
}
