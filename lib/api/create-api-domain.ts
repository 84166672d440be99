import { CfnOutput, Fn } from 'aws-cdk-lib';
import { CfnBasePathMapping, CfnDomainName, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';

/**
 * Adds a custom domain to the API. It does not create the DNS record: a stack output names the target of the record.
 *
 * @returns the URL of the API, without a trailing slash
 */
export function createApiDomain(
  scope: Construct,
  api: RestApi,
  { name, certificate, basePath }: NonNullable<Config['api']['domain']>,
): string {
  const domainScope = new Construct(scope, 'Domain');
  const domain = new CfnDomainName(domainScope, 'Name', {
    domainName: name,
    regionalCertificateArn: certificate,
    endpointConfiguration: { types: ['REGIONAL'] },
    securityPolicy: 'TLS_1_2',
  });
  new CfnBasePathMapping(domainScope, 'Mapping', {
    domainName: domain.ref,
    restApiId: api.restApiId,
    stage: api.deploymentStage.stageName,
    ...(basePath === undefined ? {} : { basePath }),
  });
  new CfnOutput(domainScope, 'Target', {
    description: `Create an alias record for ${name} with this target and hosted zone ID`,
    value: Fn.join(' ', [domain.attrRegionalDomainName, domain.attrRegionalHostedZoneId]),
  });
  return `https://${name}${basePath === undefined ? '' : `/${basePath}`}`;
}
