/** A request, with everything that the gateway has found out about it so far. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../iam/principal-store.ts';
import type { GatewayError } from '../gateway-errors.ts';
import type { ContextValues } from '../template/context-variables.ts';
import type { GatewayModel } from '../template/gateway-model.ts';
import type { Route } from './find-route.ts';

/** The result of an authorizer. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policy: unknown;
  /** Every value is text, as integrations receive it. */
  readonly context: Readonly<Record<string, string>>;
  /** Milliseconds. 0 for a cached result. */
  readonly latencyMs: number;
}

/** The invocation of an authorizer, for the access log. */
export interface AuthorizerInvocation {
  /** Status of Lambda's API. Absent if the authorizer was not invoked. */
  readonly integrationStatus?: number;
  /** Status that the caller receives because of this result. */
  readonly status: number;
  /** Milliseconds. */
  readonly latencyMs: number;
  readonly error?: string;
}

export interface GatewayRequest {
  /** The caller can choose it (documented: "Set up logging"). `extendedRequestId` is always API Gateway's. */
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  /** Milliseconds since the epoch, by the gateway's clock. */
  readonly startedAt: number;
  /** The method as sent. Once the caller is authorized, the method that `X-HTTP-Method-Override` names. */
  httpMethod: string;
  readonly protocol: string;
  /** Path with the stage, percent-encoded as sent. */
  readonly rawPath: string;
  /** Path without the stage. */
  readonly resourceRawPath: string;
  /** Whether the request was sent to the API's custom domain, where the path contains no stage. */
  readonly viaCustomDomain: boolean;
  readonly rawQuery: string;
  /** Names as sent, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  body: Buffer;
  /** Bytes of the response body so far. */
  responseLength: number;
  route?: Route;
  principal?: Principal;
  authorizerResult?: AuthorizerResult;
  authorizerInvocation?: AuthorizerInvocation;
  /** The VPC endpoint through which the request reached a private API. */
  readonly vpcEndpoint?: string;
  error?: GatewayError;
  /** Milliseconds from the invocation of the function to the end of its response. */
  integrationLatency?: number;
  /** Status of Lambda's API, which is 200 for a function error too. */
  integrationStatus?: number;
}

export type GatewayRequestInput = Pick<
  GatewayRequest,
  'httpMethod' | 'protocol' | 'headers' | 'sourceIp' | 'startedAt' | 'vpcEndpoint'
> & {
  /** The request target with the stage. */
  target: string;
  /** The request target as sent, if it differs: at a custom domain. */
  originalTarget?: string;
};

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** `stage` is the first part of the path, which API Gateway reads as the name of the stage. */
export function createGatewayRequest({ target, originalTarget, ...parts }: GatewayRequestInput): {
  request: GatewayRequest;
  stage: string;
} {
  const queryStart = target.indexOf('?');
  const rawPath = queryStart < 0 ? target : target.slice(0, queryStart);
  const [, stage = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(rawPath) ?? [];
  const requestedId = getHeader(parts, 'x-amzn-requestid') ?? '';
  const request: GatewayRequest = {
    ...parts,
    requestId: UUID.test(requestedId) ? requestedId : randomUUID(),
    extendedRequestId: `${randomBytes(11).toString('base64url')}=`,
    traceId: `Root=1-${Math.floor(parts.startedAt / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    rawPath: originalTarget === undefined ? rawPath : (originalTarget.split('?')[0] ?? ''),
    resourceRawPath: rest === '' ? '/' : rest,
    viaCustomDomain: originalTarget !== undefined,
    rawQuery: queryStart < 0 ? '' : target.slice(queryStart + 1),
    body: Buffer.alloc(0),
    responseLength: 0,
  };
  return { request, stage };
}

/** Returns the first value of a header. `name` is in lower case. */
export function getHeader(request: Pick<GatewayRequest, 'headers'>, name: string): string | undefined {
  return request.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** The response, for the access log. */
export interface ResponseSummary {
  status: number;
  /** Milliseconds since the request arrived. */
  responseLatency: number;
}

/** Returns the request's `$context` variables. Variables without a value are omitted. */
export function toContextValues(
  request: GatewayRequest,
  model: GatewayModel,
  response?: ResponseSummary,
): ContextValues {
  const { route, principal, error } = request;
  const userAgent = getHeader(request, 'user-agent');
  return {
    accountId: model.location.account,
    apiId: model.api.id,
    deploymentId: model.stage.deploymentId,
    domainName: getDomainName(request, model),
    domainPrefix: getDomainName(request, model).split('.')[0] ?? '',
    endpointType: model.api.endpointType,
    extendedRequestId: request.extendedRequestId,
    httpMethod: request.httpMethod,
    'identity.sourceIp': request.sourceIp,
    ...(userAgent !== undefined && { 'identity.userAgent': userAgent }),
    ...(principal !== undefined && {
      'identity.accountId': principal.account,
      'identity.caller': principal.userId,
      'identity.user': principal.userId,
      'identity.userArn': principal.arn,
    }),
    ...(request.vpcEndpoint !== undefined && { 'identity.vpceId': request.vpcEndpoint }),
    ...toAuthorizerValues(request.authorizerInvocation),
    ...(request.authorizerResult !== undefined && {
      'authorizer.principalId': request.authorizerResult.principalId,
      ...Object.fromEntries(
        Object.entries(request.authorizerResult.context).map(([name, value]) => [`authorizer.${name}`, value]),
      ),
    }),
    ...(principal?.organizationId !== undefined && { 'identity.principalOrgId': principal.organizationId }),
    path: request.rawPath,
    protocol: request.protocol,
    requestId: request.requestId,
    requestTime: formatRequestTime(request.startedAt),
    requestTimeEpoch: String(request.startedAt),
    ...(route !== undefined && {
      resourceId: route.method.resourceId,
      resourcePath: route.method.resourcePath,
      'integration.responseTransferMode': route.method.integration.streaming ? 'STREAMED' : 'BUFFERED',
    }),
    stage: model.stage.name,
    xrayTraceId: request.traceId,
    ...(model.hasWebAcl && { wafResponseCode: error?.responseType === 'WAF_FILTERED' ? 'WAF_BLOCK' : 'WAF_ALLOW' }),
    ...(error !== undefined && {
      'error.message': error.message,
      'error.messageString': JSON.stringify(error.message),
      'error.responseType': error.responseType,
    }),
    ...(request.integrationLatency !== undefined && {
      'integration.latency': String(request.integrationLatency),
      integrationLatency: String(request.integrationLatency),
    }),
    ...(request.integrationStatus !== undefined && {
      'integration.integrationStatus': String(request.integrationStatus),
      integrationStatus: String(request.integrationStatus),
    }),
    ...(response !== undefined && {
      status: String(response.status),
      responseLength: String(request.responseLength),
      responseLatency: String(response.responseLatency),
      ...(request.integrationStatus !== undefined && { 'integration.status': String(response.status) }),
    }),
  };
}

/** Assumed: the value of `status` if nothing failed, and that the latency of a cached result is 0. */
function toAuthorizerValues(invocation: AuthorizerInvocation | undefined): ContextValues {
  if (invocation === undefined) return {};
  const { status, integrationStatus, latencyMs, error } = invocation;
  return {
    'authorizer.status': String(status),
    'authorizer.latency': String(latencyMs),
    ...(integrationStatus !== undefined && {
      'authorizer.integrationStatus': String(integrationStatus),
      'authorizer.integrationLatency': String(latencyMs),
    }),
    ...(error !== undefined && { 'authorizer.error': error }),
  };
}

/** The host name of the API on AWS (documented: "should be the same as the incoming Host header"). Here that header is a loopback address. */
export function getDomainName({ viaCustomDomain }: GatewayRequest, { api, location, domain }: GatewayModel): string {
  if (viaCustomDomain && domain !== undefined) return domain.name;
  return `${api.id}.execute-api.${location.region}.${location.urlSuffix}`;
}

/** Formats a time as `22/Nov/2026:12:34:56 +0000`. */
export function formatRequestTime(milliseconds: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(milliseconds).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
