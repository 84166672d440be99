/** The name of an API's own. */
import type { ResolvedResource } from './intrinsics.ts';
import type { Domain } from './model.ts';
import { optionalText, textOf, textsOf } from './properties.ts';
import { refuseTemplate } from './refusal.ts';

/**
 * The name that is mapped to this stage of the API. Throws a `TemplateRefusal` where it is not in the template or leads elsewhere:
 * without a stage in the mapping callers must name it in the path (documented: CloudFormation, `BasePathMapping`), and a private
 * API takes names of another kind (documented: API Gateway, "Custom domain names for private APIs").
 */
export function readDomain(
  resources: ResolvedResource[],
  restApi: ResolvedResource,
  stageName: string,
): Domain | undefined {
  const [mapping, ...more] = resources.filter(
    (one) => one.type === 'AWS::ApiGateway::BasePathMapping' && textOf(one, 'RestApiId') === restApi.identity.ref,
  );
  if (mapping === undefined) return undefined;
  const fail = (why: string): never => refuseTemplate(`${mapping.logicalId} (${mapping.type}): ${why}`);
  if (more.length > 0) fail('the API has more than one mapping');
  if (textsOf(restApi, 'EndpointConfiguration.Types').includes('PRIVATE')) fail('a private API takes no such domain');
  const name = textOf(mapping, 'DomainName');
  const domain = resources.find(
    ({ type, identity }) => type === 'AWS::ApiGateway::DomainName' && identity.ref === name,
  );
  if (domain === undefined) return fail(`domain ${name} is not in the template`);
  const [type] = textsOf(domain, 'EndpointConfiguration.Types');
  if (type !== 'REGIONAL') fail(`domain ${name} is ${type ?? 'EDGE'}, only REGIONAL is known`);
  const stage = optionalText(mapping, 'Stage');
  if (stage !== stageName)
    fail(`it leads to stage ${stage ?? '…, which callers would have to name'}, not ${stageName}`);
  const basePath = optionalText(mapping, 'BasePath') ?? '';
  if (!/^[\w.!*'()$+-]*$/.test(basePath)) fail(`base path ${basePath} is not one part of a path`);
  return { name: name.toLowerCase(), ...(basePath === '' ? {} : { basePath }) };
}
