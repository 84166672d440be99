import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyDocument, type Role } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';
import { resolveFrontTimeouts } from '../../config/timeouts.ts';
import { FRONT_BUFFERED_HANDLER, FRONT_FUNCTION } from '../../contract/function-names.ts';
import { type ApiStage, createApiVariables } from './api-stage.ts';
import type { LogOptions } from './audit-log-group.ts';
import { formatFindingArn } from './finding-resource.ts';
import { FunctionPolicy } from './function-policy.ts';
import { createAllowStatement, ProxyFunction } from './proxy-function.ts';

export interface FrontFunctionProps {
  readonly config: Pick<Config, 'api' | 'functionPolicies'>;
  readonly code: Code;
  readonly logs: LogOptions;
  /** The API and stage whose events the function trusts. */
  readonly apiStage: ApiStage;
  /** The start of the names of all relays. */
  readonly relayPrefix: string;
}

/**
 * The function behind the API. It has no VPC, and its role may only call the relays and write its log. Its concurrency is not
 * reserved, because requests that wait for a slot occupy it, and API Gateway returns a 500 if it is used up.
 */
export class FrontFunction extends Construct {
  readonly proxyFunction: ProxyFunction;

  constructor(scope: Construct, id: string, { config, code, logs, apiStage, relayPrefix }: FrontFunctionProps) {
    super(scope, id);
    const { responses, integrationSeconds } = config.api;
    const stack = Stack.of(this);
    const relays = stack.formatArn({ service: 'lambda', resource: `function:${relayPrefix}*` });
    this.proxyFunction = new ProxyFunction(this, 'Function', {
      handler: responses === 'stream' ? FRONT_FUNCTION.handler : FRONT_BUFFERED_HANDLER,
      description: 'Authorizes the requests of callers of the Airflow CLI proxy, and calls the relays',
      code,
      logs,
      memorySize: 256,
      timeoutSeconds: resolveFrontTimeouts(responses, integrationSeconds).functionSeconds,
      variables: createApiVariables(apiStage),
      policies: {
        // One wildcard, so that the policy does not grow with the number of environments.
        Relays: new PolicyDocument({ statements: [createAllowStatement(['lambda:InvokeFunction'], [relays])] }),
      },
    });
    acknowledgeFrontRole(this.proxyFunction.role, relayPrefix);
    new FunctionPolicy(this, 'Invocation', {
      function: this.proxyFunction.function,
      mode: config.functionPolicies,
      source: {
        service: 'apigateway.amazonaws.com',
        // The stage of the console's test button is not allowed, because its requests can contain any caller.
        sourceArn: stack.formatArn({
          service: 'execute-api',
          resource: apiStage.id,
          resourceName: `${apiStage.stage}/*`,
        }),
      },
    });
  }
}

/** Explains the wildcard in the role to cdk-nag. */
function acknowledgeFrontRole(role: Role, relayPrefix: string): void {
  const arn = formatFindingArn(role, 'lambda', `function:${relayPrefix}*`);
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${arn}]`,
    reason: 'The front calls the relays of all environments, whose names begin with this prefix.',
  });
}
