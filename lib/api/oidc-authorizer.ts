import { Duration } from 'aws-cdk-lib';
import { IdentitySource, TokenAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AUTHORIZER_FUNCTION } from '../../contract/function-names.ts';
import type { LogOptions } from '../functions/audit-log-group.ts';
import { ProxyFunction } from '../functions/proxy-function.ts';

export interface OidcAuthorizerProps {
  readonly code: Code;
  readonly logs: LogOptions;
  /** How long API Gateway keeps an answer. */
  readonly cacheSeconds: number;
}

/**
 * Checks the tokens of OIDC callers. Outside the VPC, for it must reach the issuer's keys, and without any right but to write its
 * log.
 */
export class OidcAuthorizer extends Construct {
  readonly authorizer: TokenAuthorizer;
  readonly proxyFunction: ProxyFunction;

  constructor(scope: Construct, id: string, { code, logs, cacheSeconds }: OidcAuthorizerProps) {
    super(scope, id);
    this.proxyFunction = new ProxyFunction(this, 'Check', {
      handler: AUTHORIZER_FUNCTION.handler,
      description: 'Checks the tokens of OIDC callers of the Airflow CLI proxy',
      code,
      logs,
      // Signatures are work: more memory is more processor.
      memorySize: 512,
      timeoutSeconds: 10,
    });
    this.authorizer = new TokenAuthorizer(this, 'Authorizer', {
      handler: this.proxyFunction.function,
      identitySource: IdentitySource.header('Authorization'),
      // What cannot be a signed token is refused without a call.
      validationRegex: '^[Bb]earer [\\w-]+\\.[\\w-]+\\.[\\w-]+$',
      resultsCacheTtl: Duration.seconds(cacheSeconds),
    });
  }
}
