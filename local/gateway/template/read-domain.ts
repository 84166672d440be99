/** The name of an API's own. */

import type { CustomDomain } from './gateway-model.ts';
import { getOptionalString, getString, getStringList } from './read-properties.ts';
import type { ResolvedResource } from './resolve-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/**
 * The name that is mapped to this stage of the API. Throws a `UnsupportedTemplateError` where it is not in the template or leads elsewhere:
 * without a stage in the mapping callers must name it in the path (documented: CloudFormation, `BasePathMapping`), and a private
 * API takes names of another kind (documented: API Gateway, "Custom domain names for private APIs").
 */
export function readDomain(
  resources: ResolvedResource[],
  restApi: ResolvedResource,
  stageName: string,
): CustomDomain | undefined {
  const [mapping, ...more] = resources.filter(
    (one) => one.type === 'AWS::ApiGateway::BasePathMapping' && getString(one, 'RestApiId') === restApi.identity.ref,
  );
  if (mapping === undefined) return undefined;
  const fail = (why: string): never => rejectTemplate(`${mapping.logicalId} (${mapping.type}): ${why}`);
  if (more.length > 0) fail('the API has more than one mapping');
  if (getStringList(restApi, 'EndpointConfiguration.Types').includes('PRIVATE'))
    fail('a private API takes no such domain');
  const name = getString(mapping, 'DomainName');
  const domain = resources.find(
    ({ type, identity }) => type === 'AWS::ApiGateway::DomainName' && identity.ref === name,
  );
  if (domain === undefined) return fail(`domain ${name} is not in the template`);
  const [type] = getStringList(domain, 'EndpointConfiguration.Types');
  if (type !== 'REGIONAL') fail(`domain ${name} is ${type ?? 'EDGE'}, only REGIONAL is known`);
  const stage = getOptionalString(mapping, 'Stage');
  if (stage !== stageName)
    fail(`it leads to stage ${stage ?? '…, which callers would have to name'}, not ${stageName}`);
  const basePath = getOptionalString(mapping, 'BasePath') ?? '';
  if (!/^[\w.!*'()$+-]*$/.test(basePath)) fail(`base path ${basePath} is not one part of a path`);
  return { name: name.toLowerCase(), ...(basePath === '' ? {} : { basePath }) };
}
