import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventInvokeConfig, type Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config, DeploymentConfig } from '../../config/config-types.ts';
import { DEPLOYMENT_TIMEOUTS } from '../../config/deployment-file.ts';
import { DEPLOYMENT_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from '../functions/audit-log-group.ts';
import { FunctionPolicy } from '../functions/function-policy.ts';
import { createAllowStatement, ProxyFunction, type ProxyFunctionProps } from '../functions/proxy-function.ts';

export interface DeploymentFunctionProps {
  /** The name of the deployment in the configuration. */
  readonly name: string;
  readonly deployment: DeploymentConfig;
  readonly functionName: string;
  readonly functionPolicies: Config['functionPolicies'];
  readonly code: Code;
  readonly logs: LogOptions;
  readonly logGroup: NonNullable<ProxyFunctionProps['logGroup']>;
  /** The names of the relays of the environments in which the deployment has a grant. */
  readonly relayNames: readonly string[];
}

/**
 * The function that runs the commands of one deployment, for CloudFormation's custom resources and for direct invocations. Who may invoke
 * it is the deployment: nothing in an event names the caller. It has no VPC, because a response to CloudFormation goes to S3.
 */
export class DeploymentFunction extends Construct {
  readonly proxyFunction: ProxyFunction;
  /** The value of the property `ServiceToken` of a custom resource. */
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, props: DeploymentFunctionProps) {
    super(scope, id);
    const { name, deployment, functionName, functionPolicies, code, logs, logGroup, relayNames } = props;
    const relays = relayNames.map((relay) =>
      Stack.of(this).formatArn({ service: 'lambda', resource: `function:${relay}` }),
    );
    this.proxyFunction = new ProxyFunction(this, 'Function', {
      functionName,
      handler: DEPLOYMENT_FUNCTION.handler,
      description: `Runs the Airflow commands of the deployment ${name}`,
      code,
      logs,
      logGroup,
      memorySize: 256,
      timeoutSeconds: DEPLOYMENT_TIMEOUTS.functionSeconds,
      ...(deployment.concurrency === 'unreserved' ? {} : { reservedConcurrency: deployment.concurrency }),
      policies: {
        ...(relays.length === 0 ? {} : { Relays: toDocument(createAllowStatement(['lambda:InvokeFunction'], relays)) }),
        ...createSecretPolicies(deployment),
      },
    });
    const { function: lambdaFunction, role } = this.proxyFunction;
    this.serviceToken = lambdaFunction.functionArn;
    new CfnEventInvokeConfig(this, 'Invoke', {
      functionName: lambdaFunction.functionName,
      qualifier: '$LATEST',
      // The function answers itself, also when it fails. A later repeat would run after CloudFormation has gone on.
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: DEPLOYMENT_TIMEOUTS.eventSeconds,
    });
    new FunctionPolicy(this, 'Invocation', {
      function: lambdaFunction,
      mode: functionPolicies,
      callerRoleArns: deployment.roles,
      callerAccounts: [...new Set(deployment.roles.map((arn) => arn.split(':')[4]!))],
    });
    for (const arn of deployment.secrets.filter((secret) => secret.includes('*'))) {
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${arn}]`,
        reason: 'The configuration lists the secrets that the commands of this deployment may contain.',
      });
    }
  }
}

function createSecretPolicies({ secrets, secretKeys }: DeploymentConfig): Record<string, PolicyDocument> {
  const bySecretsManager = secrets.filter((arn) => arn.includes(':secretsmanager:'));
  const parameters = secrets.filter((arn) => arn.includes(':ssm:'));
  const statements = [
    ...(bySecretsManager.length === 0
      ? []
      : [createAllowStatement(['secretsmanager:GetSecretValue'], bySecretsManager)]),
    ...(parameters.length === 0 ? [] : [createAllowStatement(['ssm:GetParameter'], parameters)]),
    ...(secretKeys.length === 0
      ? []
      : [
          new PolicyStatement({
            actions: ['kms:Decrypt'],
            resources: [...secretKeys],
            conditions: { StringLike: { 'kms:ViaService': ['secretsmanager.*', 'ssm.*'] } },
          }),
        ]),
  ];
  return statements.length === 0 ? {} : { Secrets: toDocument(...statements) };
}

const toDocument = (...statements: PolicyStatement[]) => new PolicyDocument({ statements });
