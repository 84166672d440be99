import { Duration, Stack } from 'aws-cdk-lib';
import { IdentitySource, type RestApi, TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';
import { AUTHORIZER_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from '../functions/audit-log-group.ts';
import { FunctionPolicy, withoutPermissions } from '../functions/function-policy.ts';
import { ProxyFunction } from '../functions/proxy-function.ts';

export interface OidcAuthorizerProps {
  readonly api: RestApi;
  readonly functionPolicies: Config['functionPolicies'];
  readonly code: Code;
  readonly logs: LogOptions;
  /** How long API Gateway caches the result for a token. */
  readonly cacheSeconds: number;
  readonly concurrency: number | 'unreserved';
}

/**
 * Checks the tokens of OIDC callers. The function is outside the VPC, because it must reach the issuer's keys. Its role may only
 * write its log.
 */
export class OidcAuthorizer extends Construct {
  readonly authorizer: TokenAuthorizer;
  readonly proxyFunction: ProxyFunction;

  constructor(scope: Construct, id: string, props: OidcAuthorizerProps) {
    super(scope, id);
    const { api, functionPolicies, code, logs, cacheSeconds, concurrency } = props;
    this.proxyFunction = new ProxyFunction(this, 'Function', {
      handler: AUTHORIZER_FUNCTION.handler,
      description: 'Checks the tokens of OIDC callers of the Airflow CLI proxy',
      code,
      logs,
      // Lambda allocates CPU in proportion to memory, and verifying signatures needs CPU.
      memorySize: 512,
      timeoutSeconds: 10,
      ...(concurrency === 'unreserved' ? {} : { reservedConcurrency: concurrency }),
    });
    this.authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: withoutPermissions(this, 'Handler', this.proxyFunction.function),
      identitySource: IdentitySource.header('Authorization'),
      // API Gateway rejects anything that cannot be a signed token without invoking the function.
      validationRegex: '^[Bb]earer [\\w-]+\\.[\\w-]+\\.[\\w-]+$',
      resultsCacheTtl: Duration.seconds(cacheSeconds),
    });
    new FunctionPolicy(this, 'Invocation', {
      function: this.proxyFunction.function,
      mode: functionPolicies,
      source: {
        service: 'apigateway.amazonaws.com',
        sourceArn: Stack.of(this).formatArn({
          service: 'execute-api',
          resource: api.restApiId,
          resourceName: `authorizers/${this.authorizer.authorizerId}`,
        }),
      },
    });
  }
}
