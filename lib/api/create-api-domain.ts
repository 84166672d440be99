import { CfnOutput, Fn } from 'aws-cdk-lib';
import { CfnBasePathMapping, CfnDomainName, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { Config } from '../../config/config-types.ts';

/**
 * Gives the API a name of its own. The name's DNS record is its owner's to make: an output says to what.
 *
 * @returns the address, with a slash at its end
 */
export function createApiDomain(
  scope: Construct,
  api: RestApi,
  { name, certificate, basePath }: NonNullable<Config['api']['domain']>,
): string {
  const here = new Construct(scope, 'Domain');
  const domain = new CfnDomainName(here, 'Name', {
    domainName: name,
    regionalCertificateArn: certificate,
    endpointConfiguration: { types: ['REGIONAL'] },
    securityPolicy: 'TLS_1_2',
  });
  new CfnBasePathMapping(here, 'Mapping', {
    domainName: domain.ref,
    restApiId: api.restApiId,
    stage: api.deploymentStage.stageName,
    ...(basePath === undefined ? {} : { basePath }),
  });
  new CfnOutput(here, 'Target', {
    description: `Alias record to make for ${name}: target and its hosted zone`,
    value: Fn.join(' ', [domain.attrRegionalDomainName, domain.attrRegionalHostedZoneId]),
  });
  return `https://${name}/${basePath === undefined ? '' : `${basePath}/`}`;
}
