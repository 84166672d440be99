import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { AirflowRole } from '../../airflow/rest/airflow-role.ts';
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
  const environment = Stack.of(scope).formatArn({
    service: 'airflow',
    resource: 'environment',
    resourceName: mwaaName,
  });
  return {
    Token: createDocument(createAllowStatement(['airflow:CreateCliToken'], [environment])),
    NetworkInterfaces: createNetworkPolicy(scope),
  };
}

/**
 * Returns the permissions of a REST relay's role, in addition to writing its log: to create web login tokens for one role in Airflow of
 * one MWAA environment, and to manage network interfaces, like a relay. The Airflow role is part of the resource, so a request cannot
 * choose another.
 * Source: Service Authorization Reference, "Amazon Managed Workflows for Apache Airflow", resource type `rbac-role`
 */
export function createRestRelayPolicies(
  scope: Construct,
  mwaaName: string,
  airflowRole: AirflowRole,
): Record<string, PolicyDocument> {
  const resourceName = `${mwaaName}/${airflowRole}`;
  const role = Stack.of(scope).formatArn({ service: 'airflow', resource: 'role', resourceName });
  return {
    WebLogin: createDocument(createAllowStatement(['airflow:CreateWebLoginToken'], [role])),
    NetworkInterfaces: createNetworkPolicy(scope),
  };
}

const createDocument = (...statements: PolicyStatement[]) => new PolicyDocument({ statements });

function createNetworkPolicy(scope: Construct): PolicyDocument {
  const anyFunction = Stack.of(scope).formatArn({ service: 'lambda', resource: 'function:*' });
  return createDocument(
    createAllowStatement(NETWORK_INTERFACE_ACTIONS, ['*']),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: NETWORK_INTERFACE_ACTIONS,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': anyFunction } },
    }),
  );
}

/** Explains the wildcard in the role to cdk-nag. */
export function acknowledgeRelayRole(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'Lambda checks that the role may manage all network interfaces before it creates a function in a VPC. The code of the function may not.',
  });
}
