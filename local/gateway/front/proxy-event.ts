/**
 * The event a Lambda proxy integration of a REST API gets (documented: API Gateway, "Input format of a Lambda function for
 * proxy integration"; type `APIGatewayProxyEvent`). The path stays percent-encoded as sent, the query is decoded. At a domain of the
 * API's own the path keeps its base path (seen by users of AWS, not documented).
 */
import type { APIGatewayEventIdentity, APIGatewayProxyEvent } from 'aws-lambda';
import type { GatewayModel } from '../template/gateway-model.ts';
import type { Route } from './find-route.ts';
import { formatRequestTime, type GatewayRequest, getDomainName, getHeader } from './gateway-request.ts';

/** `exchange.body` is taken as text unless its content type is one of the API's binary ones. */
export function createProxyEvent(
  exchange: GatewayRequest,
  route: Route,
  model: GatewayModel,
  host: string,
): APIGatewayProxyEvent {
  const headers: [string, string][] = [
    ...exchange.headers
      .filter(([name]) => !HOP_BY_HOP_HEADERS.has(name.toLowerCase()))
      .map(([name, value]) => [name, value] as [string, string]),
    ['X-Amzn-Trace-Id', exchange.traceId],
    ['X-Forwarded-For', exchange.sourceIp],
    ['X-Forwarded-Port', host.split(':')[1] ?? '80'],
    ['X-Forwarded-Proto', 'http'],
  ];
  const query = [...new URLSearchParams(exchange.rawQuery)];
  const contentType = getHeader(exchange, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'application/json';
  const isBase64Encoded = exchange.body.length > 0 && isBinaryMediaType(contentType, model.api.binaryMediaTypes);
  return {
    resource: route.method.resourcePath,
    path: exchange.viaCustomDomain ? exchange.rawPath : exchange.resourceRawPath,
    httpMethod: exchange.httpMethod,
    headers: Object.fromEntries(headers),
    multiValueHeaders: groupValues(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : groupValues(query),
    pathParameters: nullIfEmpty(route.pathParameters),
    stageVariables: nullIfEmpty(model.stage.variables),
    requestContext: {
      accountId: model.location.account,
      apiId: model.api.id,
      authorizer: toAuthorizerContext(exchange),
      domainName: getDomainName(exchange, model),
      domainPrefix: getDomainName(exchange, model).split('.')[0] ?? '',
      extendedRequestId: exchange.extendedRequestId,
      httpMethod: exchange.httpMethod,
      identity: toEventIdentity(exchange),
      path: exchange.rawPath,
      protocol: exchange.protocol,
      requestId: exchange.requestId,
      requestTime: formatRequestTime(exchange.startedAt),
      requestTimeEpoch: exchange.startedAt,
      resourceId: route.method.resourceId,
      resourcePath: route.method.resourcePath,
      stage: model.stage.name,
    },
    body: exchange.body.length === 0 ? null : exchange.body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}

/** Whether the API treats a content type as binary (documented: "Binary media types"). */
export function isBinaryMediaType(contentType: string, binaryMediaTypes: readonly string[]): boolean {
  return binaryMediaTypes.some((type) => type === '*/*' || type.toLowerCase() === contentType);
}

const HOP_BY_HOP_HEADERS = new Set([
  'connection',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'content-length',
]);

/** What an authorizer said, as integrations get it. The type knows members of other kinds of authorizers only. */
const toAuthorizerContext = ({
  authorizerResult,
}: GatewayRequest): APIGatewayProxyEvent['requestContext']['authorizer'] =>
  authorizerResult && {
    ...authorizerResult.context,
    principalId: authorizerResult.principalId,
    integrationLatency: authorizerResult.latencyMs,
  };

function toEventIdentity(exchange: GatewayRequest): APIGatewayEventIdentity {
  const { principal } = exchange;
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
    sourceIp: exchange.sourceIp,
    user: principal?.userId ?? null,
    userAgent: getHeader(exchange, 'user-agent') ?? null,
    userArn: principal?.arn ?? null,
    ...(exchange.vpcEndpoint !== undefined && { vpceId: exchange.vpcEndpoint }),
  };
}

function groupValues(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of pairs) groups.set(name, [...(groups.get(name) ?? []), value]);
  return Object.fromEntries(groups);
}

function nullIfEmpty(table: Record<string, string>): Record<string, string> | null {
  return Object.keys(table).length === 0 ? null : table;
}
