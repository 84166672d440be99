/**
 * Reads the REST API of a template: its tree of resources, methods, stage and gateway responses. Rejects what API Gateway
 * would reject at deployment, and what it would deploy differently from what the template describes.
 */

import { isCreatedBefore } from './dependencies.ts';
import { findFunctionByArn, parseInvocationUri } from './find-function.ts';
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
import {
  getList,
  getOptionalNumber,
  getOptionalString,
  getProperty,
  getString,
  getStringList,
} from './read-properties.ts';
import { readStage } from './read-stage.ts';
import type { ResolvedResource } from './resolve-template.ts';
import type { StackLocation } from './resource-identity.ts';
import { createRejectResource, rejectTemplate } from './unsupported-template.ts';

/** The API without the functions that it invokes. */
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

/** Throws an `UnsupportedTemplateError` unless the template contains one REST API with one deployed stage. */
export function readApi(
  resources: ResolvedResource[],
  location: StackLocation,
  functions: ReadonlyMap<string, LambdaFunction>,
): ApiModel {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const restApi = getOnlyResource('AWS::ApiGateway::RestApi', ofType('AWS::ApiGateway::RestApi'));
  const stage = getOnlyResource('AWS::ApiGateway::Stage', ofType('AWS::ApiGateway::Stage'));
  const deployment = ofType('AWS::ApiGateway::Deployment').find(
    ({ identity }) => identity.ref === getOptionalString(stage, 'DeploymentId'),
  );
  if (deployment === undefined) rejectTemplate(`${stage.logicalId}: its deployment is not in the template`);
  for (const resource of resources) checkRestApiId(resource, restApi);
  const methods = ofType('AWS::ApiGateway::Method');
  const gatewayResponses = ofType('AWS::ApiGateway::GatewayResponse');
  for (const { logicalId } of [...methods, ...gatewayResponses]) {
    if (!isCreatedBefore(logicalId, deployment, resources)) {
      // A deployment is a snapshot. Without the dependency CloudFormation may create it before the method exists.
      rejectTemplate(
        `${logicalId} may be missing from ${deployment.logicalId}: make the deployment depend on it (DependsOn)`,
      );
    }
  }

  const warnings: string[] = [];
  const authorizers = readAuthorizers(resources, functions);
  const tree = ofType('AWS::ApiGateway::Resource');
  const methodModels = methods.map((method) => readMethod(method, restApi, tree, functions, authorizers, warnings));
  const api = readRestApi(restApi, location);
  const stageModel = readStage(stage, deployment.identity.ref, methodModels);
  const domain = readDomain(resources, restApi, stageModel.name);
  if (api.defaultEndpointDisabled && domain === undefined) {
    rejectTemplate(
      `${restApi.logicalId}: nobody can call the API: its default endpoint is disabled and it has no domain`,
    );
  }
  checkAccountRole(stage, resources, warnings);
  return {
    api,
    authorizers,
    ...(domain === undefined ? {} : { domain }),
    hasWebAcl: readWebAcl(ofType('AWS::WAFv2::WebACLAssociation'), api, stageModel, location),
    stage: stageModel,
    methods: methodModels,
    gatewayResponses: new Map(gatewayResponses.map(readGatewayResponse).map((item) => [item.responseType, item])),
    warnings,
  };
}

/**
 * API Gateway creates a stage with logs only if the account has a role for them (reported by users of AWS, not documented). An account of
 * the template must come before the stage. Without one the role may have been set before.
 */
function checkAccountRole(stage: ResolvedResource, resources: ResolvedResource[], warnings: string[]): void {
  const levels = getList(stage, 'MethodSettings').map(
    (setting) => (setting as { LoggingLevel?: unknown }).LoggingLevel,
  );
  const hasLogs =
    getProperty(stage, 'AccessLogSetting') !== undefined ||
    levels.some((level) => level === 'ERROR' || level === 'INFO');
  if (!hasLogs) return;
  const account = resources.find(({ type }) => type === 'AWS::ApiGateway::Account');
  if (account === undefined) {
    warnings.push('the stage has an access log, but the template does not set the account-wide role that writes it');
  } else if (!isCreatedBefore(account.logicalId, stage, resources)) {
    createRejectResource(stage)(
      'CloudWatch Logs role ARN must be set in account settings to enable logging: ' +
        `make the stage depend on ${account.logicalId} (DependsOn)`,
    );
  }
}

/** A nested stack receives the API's id as a parameter, which may be the wrong one. */
function checkRestApiId(resource: ResolvedResource, restApi: ResolvedResource): void {
  const restApiId = resource.properties.RestApiId;
  if (resource.type.startsWith('AWS::ApiGateway::') && restApiId !== undefined && restApiId !== restApi.identity.ref) {
    createRejectResource(resource)('RestApiId is not the API of the template');
  }
}

/** The ARN of a stage contains no account (documented: WAF, `AssociateWebACL`). */
function readWebAcl(
  associations: ResolvedResource[],
  { id }: RestApi,
  { name }: Stage,
  location: StackLocation,
): boolean {
  const stageArn = `arn:${location.partition}:apigateway:${location.region}::/restapis/${id}/stages/${name}`;
  for (const association of associations) {
    if (getString(association, 'ResourceArn') !== stageArn) {
      rejectTemplate(
        `${association.logicalId}: ${getString(association, 'ResourceArn')} is not the stage of the template`,
      );
    }
  }
  return associations.length > 0;
}

function getOnlyResource(type: string, resources: ResolvedResource[]): ResolvedResource {
  const [first] = resources;
  if (first === undefined || resources.length > 1)
    rejectTemplate(`the template must contain one ${type}; it contains ${resources.length}`);
  return first;
}

function readRestApi(resource: ResolvedResource, location: StackLocation): RestApi {
  const id = resource.identity.ref;
  const [endpointType = 'EDGE'] = getStringList(resource, 'EndpointConfiguration.Types');
  if (endpointType !== 'REGIONAL' && endpointType !== 'PRIVATE' && endpointType !== 'EDGE') {
    rejectTemplate(`${resource.logicalId}: endpoint type ${endpointType} is not supported`);
  }
  const policy = getProperty(resource, 'Policy');
  const vpcEndpointIds = getStringList(resource, 'EndpointConfiguration.VpcEndpointIds');
  if (endpointType === 'PRIVATE' && policy === undefined) {
    // Documented: without a policy the API cannot be deployed (API Gateway, "Private REST APIs").
    rejectTemplate(`${resource.logicalId}: a private API requires a resource policy`);
  }
  if (endpointType !== 'PRIVATE' && vpcEndpointIds.length > 0) {
    rejectTemplate(`${resource.logicalId}: VpcEndpointIds requires endpoint type PRIVATE`);
  }
  return {
    id,
    name: getString(resource, 'Name'),
    endpointType,
    ...(policy !== undefined && { policy: expandPolicyResources(policy, location, id) }),
    binaryMediaTypes: getStringList(resource, 'BinaryMediaTypes'),
    vpcEndpointIds,
    defaultEndpointDisabled: getProperty(resource, 'DisableExecuteApiEndpoint') === true,
  };
}

/** API Gateway expands `execute-api:/stage/METHOD/path` when it stores the policy (documented: resource policies). */
function expandPolicyResources(policy: unknown, { partition, region, account }: StackLocation, apiId: string): unknown {
  return JSON.parse(JSON.stringify(policy), (name, value) => {
    const expand = (item: unknown) =>
      typeof item === 'string'
        ? item.replace(/^execute-api:\//, `arn:${partition}:execute-api:${region}:${account}:${apiId}/`)
        : item;
    return name === 'Resource' || name === 'NotResource' ? [value].flat().map(expand) : value;
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
    rejectTemplate(`${method.logicalId}: authorization type ${authorization} is not supported`);
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
  if (!/^(?:[\w.:-]+|\{[\w.-]+\+?\})$/.test(part))
    rejectTemplate(`${resource.logicalId}: ${part} is not a valid path part`);
  return `${readResourcePath(getString(resource, 'ParentId'), restApi, tree)}/${part}`.replace('//', '/');
}

const OPERATION_BY_TRANSFER_MODE = { BUFFERED: 'buffered', STREAM: 'streamed' };
/** Quotas (documented): 29 s unless AWS has raised it on request, 15 minutes for streaming. */
const INTEGRATION_TIMEOUT_MS = { default: 29_000, buffered: 29_000, streamed: 900_000, min: 50 };

function readIntegration(
  method: ResolvedResource,
  functions: ReadonlyMap<string, LambdaFunction>,
  warnings: string[],
): Integration {
  const reject = createRejectResource(method);
  const type = getString(method, 'Integration.Type');
  if (type !== 'AWS_PROXY') reject(`integration type ${type} is not supported`);
  if (getString(method, 'Integration.IntegrationHttpMethod') !== 'POST') reject('IntegrationHttpMethod must be POST');
  const uri = getString(method, 'Integration.Uri');
  const { functionArn, operation } = parseInvocationUri(uri) ?? reject(`integration URI ${uri} is not supported`);
  const mode = getOptionalString(method, 'Integration.ResponseTransferMode') ?? 'BUFFERED';
  if (mode !== 'BUFFERED' && mode !== 'STREAM') return reject(`response transfer mode ${mode} is not supported`);
  if (OPERATION_BY_TRANSFER_MODE[mode] !== operation)
    reject(`response transfer mode ${mode} does not match URI ${uri}`);
  const target = findFunctionByArn(functions, functionArn);
  if (target === undefined) return reject(`function ${functionArn} is not in the template`);

  const streaming = mode === 'STREAM';
  const timeoutMs = getOptionalNumber(method, 'Integration.TimeoutInMillis') ?? INTEGRATION_TIMEOUT_MS.default;
  if (timeoutMs < INTEGRATION_TIMEOUT_MS.min || (streaming && timeoutMs > INTEGRATION_TIMEOUT_MS.streamed)) {
    reject(`TimeoutInMillis ${timeoutMs} must be ${INTEGRATION_TIMEOUT_MS.min} to ${INTEGRATION_TIMEOUT_MS.streamed}`);
  }
  if (!streaming && timeoutMs > INTEGRATION_TIMEOUT_MS.buffered) {
    warnings.push(
      `${method.logicalId}: a timeout of ${timeoutMs} ms deploys only if AWS has raised the account's quota of 29 s`,
    );
  }
  if (target.timeoutMs >= timeoutMs) {
    warnings.push(
      `${method.logicalId}: API Gateway times out (${timeoutMs} ms) before the function does (${target.timeoutMs} ms)`,
    );
  }
  return { function: target.logicalId, streaming, timeoutMs };
}
