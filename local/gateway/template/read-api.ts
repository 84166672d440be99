/**
 * The REST API of a template: its tree of resources, methods, stage and gateway responses. Refuses what API Gateway
 * refuses at deployment, and what it would deploy differently from how the template reads.
 */

import type {
  Authorizer,
  CustomDomain,
  GatewayResponse,
  Integration,
  LambdaFunction,
  Method,
  RestApi,
  Stage,
} from './gateway-model.ts';
import { readAuthorizers } from './read-authorizers.ts';
import { readDomain } from './read-domain.ts';
import { readGatewayResponse } from './read-gateway-response.ts';
import { getOptionalNumber, getOptionalString, getProperty, getString, getStringList } from './read-properties.ts';
import { readStage } from './read-stage.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** Everything of the API but the functions behind it. */
export interface ApiModel {
  api: RestApi;
  stage: Stage;
  methods: Method[];
  authorizers: ReadonlyMap<string, Authorizer>;
  domain?: CustomDomain;
  hasWebAcl: boolean;
  gatewayResponses: ReadonlyMap<string, GatewayResponse>;
  warnings: string[];
}

/** Throws a `UnsupportedTemplateError` unless the template has one REST API with one deployed stage that can be played. */
export function readApi(
  resources: ResolvedResource[],
  place: StackLocation,
  functions: ReadonlyMap<string, LambdaFunction>,
): ApiModel {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const restApi = getOnlyResource('AWS::ApiGateway::RestApi', ofType('AWS::ApiGateway::RestApi'));
  const stage = getOnlyResource('AWS::ApiGateway::Stage', ofType('AWS::ApiGateway::Stage'));
  const deployment = ofType('AWS::ApiGateway::Deployment').find(
    ({ identity }) => identity.ref === getOptionalString(stage, 'DeploymentId'),
  );
  if (deployment === undefined) rejectTemplate(`${stage.logicalId}: its deployment is not in the template`);
  for (const part of resources) checkRestApiId(part, restApi);
  const methods = ofType('AWS::ApiGateway::Method');
  const gatewayResponses = ofType('AWS::ApiGateway::GatewayResponse');
  for (const part of [...methods, ...gatewayResponses]) {
    if (!dependsOn(resources, deployment, part.logicalId)) {
      // A deployment is a snapshot: CloudFormation may take it before what it does not wait for exists.
      rejectTemplate(
        `${part.logicalId} may be missing from ${deployment.logicalId}: the deployment does not depend on it`,
      );
    }
  }

  const warnings: string[] = [];
  const authorizers = readAuthorizers(resources, functions);
  const tree = ofType('AWS::ApiGateway::Resource');
  const readMethods = methods.map((one) => readMethod(one, restApi, tree, functions, authorizers, warnings));
  const own = readRestApi(restApi, place);
  const readStaged = readStage(stage, deployment.identity.ref, readMethods);
  const domain = readDomain(resources, restApi, readStaged.name);
  if (own.defaultEndpointDisabled && domain === undefined) {
    rejectTemplate(`${restApi.logicalId}: its own endpoint is switched off, and it has no domain`);
  }
  if (readStaged.accessLog !== undefined && ofType('AWS::ApiGateway::Account').length === 0) {
    warnings.push('the stage has an access log, and the template sets no account-wide role to write it with');
  }
  return {
    api: own,
    authorizers,
    ...(domain === undefined ? {} : { domain }),
    hasWebAcl: readWebAcl(ofType('AWS::WAFv2::WebACLAssociation'), own, readStaged, place),
    stage: readStaged,
    methods: readMethods,
    gatewayResponses: new Map(gatewayResponses.map(readGatewayResponse).map((item) => [item.responseType, item])),
    warnings,
  };
}

/** What is handed from stack to stack can be handed on to the wrong place. */
function checkRestApiId(part: ResolvedResource, restApi: ResolvedResource): void {
  const named = part.properties.RestApiId;
  if (part.type.startsWith('AWS::ApiGateway::') && named !== undefined && named !== restApi.identity.ref) {
    rejectTemplate(`${part.logicalId} (${part.type}): RestApiId is not the API of the template`);
  }
}

/** Documented: the ARN of a stage has no account (WAF, `AssociateWebACL`). */
function readWebAcl(associations: ResolvedResource[], { id }: RestApi, { name }: Stage, place: StackLocation): boolean {
  const stageArn = `arn:${place.partition}:apigateway:${place.region}::/restapis/${id}/stages/${name}`;
  for (const association of associations) {
    if (getString(association, 'ResourceArn') !== stageArn) {
      rejectTemplate(
        `${association.logicalId}: ${getString(association, 'ResourceArn')} is not the stage of the template`,
      );
    }
  }
  return associations.length > 0;
}

function getOnlyResource(type: string, found: ResolvedResource[]): ResolvedResource {
  const [first] = found;
  if (first === undefined || found.length > 1)
    rejectTemplate(`the template must hold one ${type}, it holds ${found.length}`);
  return first;
}

function dependsOn(
  resources: ResolvedResource[],
  from: ResolvedResource,
  logicalId: string,
  seen = new Set(),
): boolean {
  seen.add(from.logicalId);
  return from.dependsOn.some((name) => {
    const next = resources.find((resource) => resource.logicalId === name);
    return name === logicalId || (next !== undefined && !seen.has(name) && dependsOn(resources, next, logicalId, seen));
  });
}

function readRestApi(resource: ResolvedResource, place: StackLocation): RestApi {
  const id = resource.identity.ref;
  const [endpointType = 'EDGE'] = getStringList(resource, 'EndpointConfiguration.Types');
  if (endpointType !== 'REGIONAL' && endpointType !== 'PRIVATE' && endpointType !== 'EDGE') {
    rejectTemplate(`${resource.logicalId}: endpoint type ${endpointType} is not known`);
  }
  const policy = getProperty(resource, 'Policy');
  const vpcEndpointIds = getStringList(resource, 'EndpointConfiguration.VpcEndpointIds');
  if (endpointType === 'PRIVATE' && policy === undefined) {
    // Documented: without one nobody can call it, and it cannot be deployed (API Gateway, "Private REST APIs").
    rejectTemplate(`${resource.logicalId}: a private API needs a resource policy`);
  }
  if (endpointType !== 'PRIVATE' && vpcEndpointIds.length > 0) {
    rejectTemplate(`${resource.logicalId}: only a private API has VpcEndpointIds`);
  }
  return {
    id,
    name: getString(resource, 'Name'),
    endpointType,
    ...(policy !== undefined && { policy: expandPolicyResources(policy, place, id) }),
    binaryMediaTypes: getStringList(resource, 'BinaryMediaTypes'),
    vpcEndpointIds,
    defaultEndpointDisabled: getProperty(resource, 'DisableExecuteApiEndpoint') === true,
  };
}

/** API Gateway completes `execute-api:/stage/METHOD/path` when it stores the policy (documented: resource policies). */
function expandPolicyResources(policy: unknown, { partition, region, account }: StackLocation, apiId: string): unknown {
  return JSON.parse(JSON.stringify(policy), (name, value) => {
    const complete = (item: unknown) =>
      typeof item === 'string'
        ? item.replace(/^execute-api:\//, `arn:${partition}:execute-api:${region}:${account}:${apiId}/`)
        : item;
    return name === 'Resource' || name === 'NotResource' ? [value].flat().map(complete) : value;
  });
}

function readMethod(
  method: ResolvedResource,
  restApi: ResolvedResource,
  tree: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
  authorizers: ReadonlyMap<string, Authorizer>,
  warnings: string[],
): Method {
  const resourceId = getString(method, 'ResourceId');
  const authorization = getOptionalString(method, 'AuthorizationType') ?? 'NONE';
  if (authorization !== 'AWS_IAM' && authorization !== 'NONE' && authorization !== 'CUSTOM') {
    rejectTemplate(`${method.logicalId}: authorization ${authorization} is not known`);
  }
  const authorizer = getOptionalString(method, 'AuthorizerId');
  if (authorization === 'CUSTOM' && !authorizers.has(authorizer ?? '')) {
    rejectTemplate(`${method.logicalId}: its authorizer is not in the template`);
  }
  return {
    logicalId: method.logicalId,
    httpMethod: getString(method, 'HttpMethod'),
    resourcePath: readResourcePath(resourceId, restApi, tree),
    resourceId,
    authorization,
    ...(authorizer === undefined ? {} : { authorizer }),
    integration: readIntegration(method, functions, warnings),
  };
}

function readResourcePath(resourceId: string, restApi: ResolvedResource, tree: ResolvedResource[]): string {
  if (resourceId === restApi.identity.attributes.RootResourceId) return '/';
  const resource = tree.find(({ identity }) => identity.ref === resourceId);
  if (resource === undefined) rejectTemplate(`resource ${resourceId} of the API is not in the template`);
  const part = getString(resource, 'PathPart');
  if (!/^(?:[\w.:-]+|\{[\w.-]+\+?\})$/.test(part)) rejectTemplate(`${resource.logicalId}: ${part} is no path part`);
  return `${readResourcePath(getString(resource, 'ParentId'), restApi, tree)}/${part}`.replace('//', '/');
}

const INTEGRATION_URI =
  /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/(\d{4}-\d\d-\d\d)\/functions\/(.+)\/(invocations|response-streaming-invocations)$/;
const URI_BY_TRANSFER_MODE = {
  BUFFERED: '2015-03-31 invocations',
  STREAM: '2021-11-15 response-streaming-invocations',
};
/** Quotas (documented): 29 s unless raised on request, 15 minutes when streaming. */
const INTEGRATION_TIMEOUT_MS = { default: 29_000, buffered: 29_000, streamed: 900_000, least: 50 };

function readIntegration(
  method: ResolvedResource,
  functions: ReadonlyMap<string, LambdaFunction>,
  warnings: string[],
): Integration {
  const fail = (why: string): never => rejectTemplate(`${method.logicalId} (AWS::ApiGateway::Method): ${why}`);
  const type = getString(method, 'Integration.Type');
  if (type !== 'AWS_PROXY') fail(`integration type ${type} is not known`);
  if (getString(method, 'Integration.IntegrationHttpMethod') !== 'POST') fail('Lambda functions are called with POST');
  const uri = getString(method, 'Integration.Uri');
  const [, version, functionArn, action] = INTEGRATION_URI.exec(uri) ?? fail(`integration URI ${uri} is not known`);
  const mode = getOptionalString(method, 'Integration.ResponseTransferMode') ?? 'BUFFERED';
  if (mode !== 'BUFFERED' && mode !== 'STREAM') return fail(`response transfer mode ${mode} is not known`);
  if (URI_BY_TRANSFER_MODE[mode] !== `${version} ${action}`)
    fail(`transfer mode ${mode} needs another URI than ${uri}`);
  const target = [...functions.values()].find(({ arn }) => arn === functionArn);
  if (target === undefined) return fail(`${functionArn} is no function of the template`);

  const streaming = mode === 'STREAM';
  const timeoutMs = getOptionalNumber(method, 'Integration.TimeoutInMillis') ?? INTEGRATION_TIMEOUT_MS.default;
  if (timeoutMs < INTEGRATION_TIMEOUT_MS.least || (streaming && timeoutMs > INTEGRATION_TIMEOUT_MS.streamed)) {
    fail(`TimeoutInMillis ${timeoutMs} is out of bounds`);
  }
  if (!streaming && timeoutMs > INTEGRATION_TIMEOUT_MS.buffered) {
    warnings.push(
      `${method.logicalId}: ${timeoutMs} ms deploys only where the account's quota of 29 s has been raised`,
    );
  }
  if (target.timeoutMs >= timeoutMs) {
    warnings.push(
      `${method.logicalId}: the gateway gives up (${timeoutMs} ms) before Lambda does (${target.timeoutMs} ms)`,
    );
  }
  return { function: target.logicalId, streaming, timeoutMs };
}
