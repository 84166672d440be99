/**
 * The REST API of a template: its tree of resources, methods, stage and gateway responses. Refuses what API Gateway
 * refuses at deployment, and what it would deploy differently from how the template reads.
 */
import { unknownVariable } from './context-variables.ts';
import type { ResolvedResource } from './intrinsics.ts';
import type {
  Authorizer,
  Domain,
  GatewayResponse,
  Integration,
  LambdaFunction,
  Method,
  RestApi,
  Stage,
} from './model.ts';
import type { Place } from './physical-ids.ts';
import { listOf, optionalNumber, optionalText, propertyAt, tableOf, textOf, textsOf } from './properties.ts';
import { readAuthorizers } from './read-authorizers.ts';
import { refuseTemplate } from './refusal.ts';

/** Everything of the API but the functions behind it. */
export interface ApiParts {
  api: RestApi;
  stage: Stage;
  methods: Method[];
  authorizers: ReadonlyMap<string, Authorizer>;
  domain?: Domain;
  hasWebAcl: boolean;
  gatewayResponses: ReadonlyMap<string, GatewayResponse>;
  warnings: string[];
}

/** Throws a `TemplateRefusal` unless the template has one REST API with one deployed stage that can be played. */
export function readApi(
  resources: ResolvedResource[],
  place: Place,
  functions: ReadonlyMap<string, LambdaFunction>,
): ApiParts {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const restApi = onlyOne('AWS::ApiGateway::RestApi', ofType('AWS::ApiGateway::RestApi'));
  const stage = onlyOne('AWS::ApiGateway::Stage', ofType('AWS::ApiGateway::Stage'));
  const deployment = ofType('AWS::ApiGateway::Deployment').find(
    ({ identity }) => identity.ref === optionalText(stage, 'DeploymentId'),
  );
  if (deployment === undefined) refuseTemplate(`${stage.logicalId}: its deployment is not in the template`);
  const methods = ofType('AWS::ApiGateway::Method');
  const gatewayResponses = ofType('AWS::ApiGateway::GatewayResponse');
  for (const part of [...methods, ...gatewayResponses]) {
    if (!dependsOn(resources, deployment, part.logicalId)) {
      // A deployment is a snapshot: CloudFormation may take it before what it does not wait for exists.
      refuseTemplate(
        `${part.logicalId} may be missing from ${deployment.logicalId}: the deployment does not depend on it`,
      );
    }
  }

  const warnings: string[] = [];
  const authorizers = readAuthorizers(resources, functions);
  const domain = domainOf(resources, restApi);
  const own = apiOf(restApi, place);
  if (own.ownEndpointOff && domain === undefined) {
    refuseTemplate(`${restApi.logicalId}: its own endpoint is switched off, and it has no domain`);
  }
  const readStage = stageOf(stage, deployment);
  if (readStage.accessLog !== undefined && ofType('AWS::ApiGateway::Account').length === 0) {
    warnings.push('the stage has an access log, and the template sets no account-wide role to write it with');
  }
  return {
    api: own,
    authorizers,
    ...(domain === undefined ? {} : { domain }),
    hasWebAcl: ofType('AWS::WAFv2::WebACLAssociation').length > 0,
    stage: readStage,
    methods: methods.map((method) =>
      methodOf(method, restApi, ofType('AWS::ApiGateway::Resource'), functions, authorizers, warnings),
    ),
    gatewayResponses: new Map(gatewayResponses.map(gatewayResponseOf).map((item) => [item.responseType, item])),
    warnings,
  };
}

function onlyOne(type: string, found: ResolvedResource[]): ResolvedResource {
  const [first] = found;
  if (first === undefined || found.length > 1)
    refuseTemplate(`the template must hold one ${type}, it holds ${found.length}`);
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

function apiOf(resource: ResolvedResource, place: Place): RestApi {
  const id = resource.identity.ref;
  const [endpointType = 'EDGE'] = textsOf(resource, 'EndpointConfiguration.Types');
  if (endpointType !== 'REGIONAL' && endpointType !== 'PRIVATE' && endpointType !== 'EDGE') {
    refuseTemplate(`${resource.logicalId}: endpoint type ${endpointType} is not known`);
  }
  const policy = propertyAt(resource, 'Policy');
  return {
    id,
    name: textOf(resource, 'Name'),
    endpointType,
    ...(policy !== undefined && { policy: writeOutResources(policy, place, id) }),
    binaryMediaTypes: textsOf(resource, 'BinaryMediaTypes'),
    vpcEndpointIds: textsOf(resource, 'EndpointConfiguration.VpcEndpointIds'),
    ownEndpointOff: propertyAt(resource, 'DisableExecuteApiEndpoint') === true,
  };
}

/** The name that is mapped to this API. */
function domainOf(resources: ResolvedResource[], restApi: ResolvedResource): Domain | undefined {
  const mapping = resources.find(
    (one) => one.type === 'AWS::ApiGateway::BasePathMapping' && textOf(one, 'RestApiId') === restApi.identity.ref,
  );
  if (mapping === undefined) return undefined;
  const name = textOf(mapping, 'DomainName');
  const isThere = resources.some(
    ({ type, identity }) => type === 'AWS::ApiGateway::DomainName' && identity.ref === name,
  );
  if (!isThere) refuseTemplate(`${mapping.logicalId}: domain ${name} is not in the template`);
  const basePath = optionalText(mapping, 'BasePath');
  return { name, ...(basePath === undefined || basePath === '' ? {} : { basePath }) };
}

/** API Gateway completes `execute-api:/stage/METHOD/path` when it stores the policy (documented: resource policies). */
function writeOutResources(policy: unknown, { partition, region, account }: Place, apiId: string): unknown {
  return JSON.parse(JSON.stringify(policy), (name, value) => {
    const complete = (item: unknown) =>
      typeof item === 'string'
        ? item.replace(/^execute-api:\//, `arn:${partition}:execute-api:${region}:${account}:${apiId}/`)
        : item;
    return name === 'Resource' || name === 'NotResource' ? [value].flat().map(complete) : value;
  });
}

function stageOf(stage: ResolvedResource, deployment: ResolvedResource): Stage {
  const destination = optionalText(stage, 'AccessLogSetting.DestinationArn');
  return {
    name: textOf(stage, 'StageName'),
    deploymentId: deployment.identity.ref,
    variables: tableOf(stage, 'Variables'),
    methodSettings: listOf(stage, 'MethodSettings').map((setting) => {
      const read = setting as Record<string, unknown>;
      return {
        httpMethod: String(read.HttpMethod),
        resourcePath: String(read.ResourcePath),
        ...(read.ThrottlingRateLimit !== undefined && { rateLimit: Number(read.ThrottlingRateLimit) }),
        ...(read.ThrottlingBurstLimit !== undefined && { burstLimit: Number(read.ThrottlingBurstLimit) }),
      };
    }),
    ...(destination !== undefined && { accessLog: accessLogOf(stage, destination) }),
  };
}

function accessLogOf(stage: ResolvedResource, destination: string): NonNullable<Stage['accessLog']> {
  const [, logGroup] = /:log-group:([^:]+)(?::\*)?$/.exec(destination) ?? [];
  if (logGroup === undefined)
    refuseTemplate(`${stage.logicalId}: access logs go to ${destination}, which is no log group`);
  const format = textOf(stage, 'AccessLogSetting.Format');
  const unknown = unknownVariable(format);
  if (unknown !== undefined) refuseTemplate(`${stage.logicalId}: $context.${unknown} is no variable of access logs`);
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format)) {
    refuseTemplate(`${stage.logicalId}: an access log format must contain $context.requestId or extendedRequestId`);
  }
  return { logGroup, format };
}

function methodOf(
  method: ResolvedResource,
  restApi: ResolvedResource,
  tree: ResolvedResource[],
  functions: ReadonlyMap<string, LambdaFunction>,
  authorizers: ReadonlyMap<string, Authorizer>,
  warnings: string[],
): Method {
  const resourceId = textOf(method, 'ResourceId');
  const authorization = optionalText(method, 'AuthorizationType') ?? 'NONE';
  if (authorization !== 'AWS_IAM' && authorization !== 'NONE' && authorization !== 'CUSTOM') {
    refuseTemplate(`${method.logicalId}: authorisation ${authorization} is not known`);
  }
  const authorizer = optionalText(method, 'AuthorizerId');
  if (authorization === 'CUSTOM' && !authorizers.has(authorizer ?? '')) {
    refuseTemplate(`${method.logicalId}: its authoriser is not in the template`);
  }
  return {
    logicalId: method.logicalId,
    httpMethod: textOf(method, 'HttpMethod'),
    resourcePath: pathOf(resourceId, restApi, tree),
    resourceId,
    authorization,
    ...(authorizer === undefined ? {} : { authorizer }),
    integration: integrationOf(method, functions, warnings),
  };
}

function pathOf(resourceId: string, restApi: ResolvedResource, tree: ResolvedResource[]): string {
  if (resourceId === restApi.identity.attributes.RootResourceId) return '/';
  const resource = tree.find(({ identity }) => identity.ref === resourceId);
  if (resource === undefined) refuseTemplate(`resource ${resourceId} of the API is not in the template`);
  const part = textOf(resource, 'PathPart');
  if (!/^(?:[\w.:-]+|\{[\w.-]+\+?\})$/.test(part)) refuseTemplate(`${resource.logicalId}: ${part} is no path part`);
  return `${pathOf(textOf(resource, 'ParentId'), restApi, tree)}/${part}`.replace('//', '/');
}

const INTEGRATION_URI =
  /^arn:[\w-]+:apigateway:[\w-]+:lambda:path\/(\d{4}-\d\d-\d\d)\/functions\/(.+)\/(invocations|response-streaming-invocations)$/;
const URI_OF_MODE = {
  BUFFERED: '2015-03-31 invocations',
  STREAM: '2021-11-15 response-streaming-invocations',
};
/** Quotas (documented): 29 s unless raised on request, 15 minutes when streaming. */
const TIMEOUT_MS = { default: 29_000, buffered: 29_000, streamed: 900_000, least: 50 };

function integrationOf(
  method: ResolvedResource,
  functions: ReadonlyMap<string, LambdaFunction>,
  warnings: string[],
): Integration {
  const fail = (why: string): never => refuseTemplate(`${method.logicalId} (AWS::ApiGateway::Method): ${why}`);
  const type = textOf(method, 'Integration.Type');
  if (type !== 'AWS_PROXY') fail(`integration type ${type} is not known`);
  if (textOf(method, 'Integration.IntegrationHttpMethod') !== 'POST') fail('Lambda functions are called with POST');
  const uri = textOf(method, 'Integration.Uri');
  const [, version, functionArn, action] = INTEGRATION_URI.exec(uri) ?? fail(`integration URI ${uri} is not known`);
  const mode = optionalText(method, 'Integration.ResponseTransferMode') ?? 'BUFFERED';
  if (mode !== 'BUFFERED' && mode !== 'STREAM') return fail(`response transfer mode ${mode} is not known`);
  if (URI_OF_MODE[mode] !== `${version} ${action}`) fail(`transfer mode ${mode} needs another URI than ${uri}`);
  const target = [...functions.values()].find(({ arn }) => arn === functionArn);
  if (target === undefined) return fail(`${functionArn} is no function of the template`);

  const streaming = mode === 'STREAM';
  const timeoutMs = optionalNumber(method, 'Integration.TimeoutInMillis') ?? TIMEOUT_MS.default;
  if (timeoutMs < TIMEOUT_MS.least || (streaming && timeoutMs > TIMEOUT_MS.streamed)) {
    fail(`TimeoutInMillis ${timeoutMs} is out of bounds`);
  }
  if (!streaming && timeoutMs > TIMEOUT_MS.buffered) {
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

function gatewayResponseOf(resource: ResolvedResource): GatewayResponse {
  const fail = (why: string): never =>
    refuseTemplate(`${resource.logicalId} (AWS::ApiGateway::GatewayResponse): ${why}`);
  const templates = tableOf(resource, 'ResponseTemplates');
  for (const template of Object.values(templates)) {
    const unknown = unknownVariable(template);
    if (unknown !== undefined) fail(`$context.${unknown} is not known`);
    if (/#(?:set|if|foreach|end)\b|\$(?:util|input|stageVariables|\{)/.test(template)) {
      fail('only $context variables are put into a template here');
    }
  }
  const headers = Object.fromEntries(
    Object.entries(tableOf(resource, 'ResponseParameters')).map(([name, value]) => {
      const [, header] = /^gatewayresponse\.header\.(.+)$/.exec(name) ?? [];
      if (header === undefined) return fail(`${name} is no header`);
      if (!/^'.*'$|^context\.[\w.]+$/.test(value)) fail(`${value} is neither a quoted text nor a context variable`);
      return [header, value];
    }),
  );
  const statusCode = optionalNumber(resource, 'StatusCode');
  return {
    responseType: textOf(resource, 'ResponseType'),
    ...(statusCode !== undefined && { statusCode }),
    templates,
    headers,
  };
}
