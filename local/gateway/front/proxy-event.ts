/**
 * The event that a Lambda proxy integration of a REST API receives (documented: API Gateway, "Input format of a Lambda function for
 * proxy integration"; type `APIGatewayProxyEvent`). The path stays percent-encoded as sent, the query is decoded. At a custom domain
 * the path contains the base path (reported by users of AWS, not documented). So is the list of headers that the event lacks, except
 * for a signature, which is documented ("Known issues").
 */
import type { APIGatewayEventIdentity, APIGatewayProxyEvent } from 'aws-lambda';
import type { GatewayModel } from '../template/gateway-model.ts';
import type { Route } from './find-route.ts';
import { formatRequestTime, type GatewayRequest, getDomainName, getHeader } from './gateway-request.ts';

/** The body is passed as text unless its content type is one of the API's binary media types. */
export function createProxyEvent(
  request: GatewayRequest,
  route: Route,
  model: GatewayModel,
  host: string,
): APIGatewayProxyEvent {
  const headers: [string, string][] = [
    ...request.headers
      .filter(([name, value]) => !DROPPED_HEADERS.has(name.toLowerCase()) && !isSignature(name, value))
      .map(([name, value]) => [name, value] as [string, string]),
    ['X-Amzn-Trace-Id', request.traceId],
    ['X-Forwarded-For', request.sourceIp],
    ['X-Forwarded-Port', host.split(':')[1] ?? '80'],
    ['X-Forwarded-Proto', 'http'],
  ];
  const query = [...new URLSearchParams(request.rawQuery)];
  const contentType = getHeader(request, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'application/json';
  const isBase64Encoded = request.body.length > 0 && isBinaryMediaType(contentType, model.api.binaryMediaTypes);
  return {
    resource: route.method.resourcePath,
    path: request.viaCustomDomain ? request.rawPath : request.resourceRawPath,
    httpMethod: request.httpMethod,
    headers: Object.fromEntries(headers),
    multiValueHeaders: groupValues(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : groupValues(query),
    pathParameters: nullIfEmpty(route.pathParameters),
    stageVariables: nullIfEmpty(model.stage.variables),
    requestContext: {
      accountId: model.location.account,
      apiId: model.api.id,
      authorizer: toAuthorizerContext(request),
      domainName: getDomainName(request, model),
      domainPrefix: getDomainName(request, model).split('.')[0] ?? '',
      extendedRequestId: request.extendedRequestId,
      httpMethod: request.httpMethod,
      identity: toEventIdentity(request),
      path: request.rawPath,
      protocol: request.protocol,
      requestId: request.requestId,
      requestTime: formatRequestTime(request.startedAt),
      requestTimeEpoch: request.startedAt,
      resourceId: route.method.resourceId,
      resourcePath: route.method.resourcePath,
      stage: model.stage.name,
    },
    body: request.body.length === 0 ? null : request.body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

/** Whether the API treats a content type as binary (documented: "Binary media types"). */
export function isBinaryMediaType(contentType: string, binaryMediaTypes: readonly string[]): boolean {
  return binaryMediaTypes.some((type) => type === '*/*' || type.toLowerCase() === contentType);
}

const DROPPED_HEADERS = new Set([
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

const isSignature = (name: string, value: string): boolean =>
  name.toLowerCase() === 'authorization' && value.startsWith('AWS4-HMAC-SHA256');

/** The result of an authorizer, as integrations receive it. */
const toAuthorizerContext = ({
  authorizerResult,
}: GatewayRequest): APIGatewayProxyEvent['requestContext']['authorizer'] =>
  authorizerResult && {
    ...authorizerResult.context,
    principalId: authorizerResult.principalId,
    integrationLatency: authorizerResult.latencyMs,
  };

function toEventIdentity(request: GatewayRequest): APIGatewayEventIdentity {
  const { principal } = request;
  return {
    accessKey: principal?.accessKeyId ?? null,
    accountId: principal?.account ?? null,
    apiKey: null,
    apiKeyId: null,
    caller: principal?.userId ?? null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: principal?.organizationId ?? null,
    sourceIp: request.sourceIp,
    user: principal?.userId ?? null,
    userAgent: getHeader(request, 'user-agent') ?? null,
    userArn: principal?.arn ?? null,
    ...(request.vpcEndpoint !== undefined && { vpceId: request.vpcEndpoint }),
  };
}

function groupValues(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(groups);
}

function nullIfEmpty(values: Record<string, string>): Record<string, string> | null {
  return Object.keys(values).length === 0 ? null : values;
}
