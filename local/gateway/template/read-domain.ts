/** Reads the custom domain of an API. */

import type { CustomDomain } from './gateway-model.ts';
import { getOptionalString, getString, getStringList } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { createRejectResource } from './unsupported-template.ts';

/**
 * Returns the domain that is mapped to this stage of the API, or undefined if there is none. Throws an `UnsupportedTemplateError`
 * for a mapping to another stage, and for one without a stage: callers would have to put the stage into the path (documented:
 * CloudFormation, `BasePathMapping`). A private API requires a private custom domain, which is another resource type (documented:
 * API Gateway, "Custom domain names for private APIs").
 */
export function readDomain(
  resources: ResolvedResource[],
  restApi: ResolvedResource,
  stageName: string,
): CustomDomain | undefined {
  const [mapping, ...more] = resources.filter(
    (resource) =>
      resource.type === 'AWS::ApiGateway::BasePathMapping' && getString(resource, 'RestApiId') === restApi.identity.ref,
  );
  if (mapping === undefined) return undefined;
  const reject = createRejectResource(mapping);
  if (more.length > 0) reject('the API has more than one mapping');
  if (getStringList(restApi, 'EndpointConfiguration.Types').includes('PRIVATE'))
    reject('a private API cannot have this type of domain');
  const name = getString(mapping, 'DomainName');
  const domain = resources.find(
    ({ type, identity }) => type === 'AWS::ApiGateway::DomainName' && identity.ref === name,
  );
  if (domain === undefined) return reject(`domain ${name} is not in the template`);
  const [type] = getStringList(domain, 'EndpointConfiguration.Types');
  if (type !== 'REGIONAL') reject(`domain ${name} is ${type ?? 'EDGE'}; only REGIONAL is supported`);
  const stage = getOptionalString(mapping, 'Stage');
  if (stage === undefined) reject(`Stage is required: without it callers must put the stage into the path`);
  if (stage !== stageName) reject(`it maps to stage ${stage} instead of ${stageName}`);
  const basePath = getOptionalString(mapping, 'BasePath') ?? '';
  if (!/^[\w.!*'()$+-]*$/.test(basePath)) reject(`base path ${basePath} must be a single path part`);
  return { name: name.toLowerCase(), ...(basePath === '' ? {} : { basePath }) };
}
