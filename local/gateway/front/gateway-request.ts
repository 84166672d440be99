/** One request on its way through the gateway, and everything that is known of it so far. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Principal } from '../../iam/principal-store.ts';
import type { GatewayError } from '../gateway-errors.ts';
import type { ContextValues } from '../template/context-variables.ts';
import type { GatewayModel } from '../template/gateway-model.ts';
import type { Route } from './find-route.ts';

/** What an authorizer said of a caller. */
export interface AuthorizerResult {
  readonly principalId: string;
  readonly policy: unknown;
  /** As integrations get it: every value is text. */
  readonly context: Readonly<Record<string, string>>;
  /** Milliseconds that it took; 0 for a kept answer. */
  readonly latencyMs: number;
}

/** How asking an authorizer went. */
export interface AuthorizerInvocation {
  /** Of Lambda's API. Absent where it was not called. */
  readonly integrationStatus?: number;
  /** Of the answer to the caller. */
  readonly status: number;
  /** Milliseconds. */
  readonly latencyMs: number;
  readonly error?: string;
}

export interface GatewayRequest {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  /** Milliseconds since the epoch, by the gateway's clock. */
  readonly startedAt: number;
  readonly httpMethod: string;
  readonly protocol: string;
  /** With the stage, percent-encoded as sent. */
  readonly rawPath: string;
  /** Without the stage. */
  readonly resourceRawPath: string;
  /** Whether the request came by the API's own domain, where no stage stands in the path. */
  readonly viaCustomDomain: boolean;
  readonly rawQuery: string;
  /** Names as sent, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly sourceIp: string;
  body: Buffer;
  /** Bytes of the answer's body so far. */
  responseLength: number;
  route?: Route;
  principal?: Principal;
  authorizerResult?: AuthorizerResult;
  /** What became of asking the authorizer. */
  authorizerInvocation?: AuthorizerInvocation;
  /** Of a private API: the endpoint that the request came through. */
  readonly vpcEndpoint?: string;
  error?: GatewayError;
  /** Milliseconds from handing the request to Lambda to the end of its answer. */
  integrationLatency?: number;
  /** Of Lambda's API: 200 also for a function error. */
  integrationStatus?: number;
}

export type GatewayRequestInput = Pick<
  GatewayRequest,
  'httpMethod' | 'protocol' | 'headers' | 'sourceIp' | 'startedAt' | 'vpcEndpoint'
> & {
  /** With the stage. */
  target: string;
  /** The request target as sent, where that is another: at a domain of the API's own. */
  originalTarget?: string;
};

/** `stage`: the first part of the path, which API Gateway takes as the stage's name. */
export function createGatewayRequest({ target, originalTarget, ...parts }: GatewayRequestInput): {
  exchange: GatewayRequest;
  stage: string;
} {
  const question = target.indexOf('?');
  const rawPath = question < 0 ? target : target.slice(0, question);
  const [, stage = '', rest = ''] = /^\/([^/]*)(.*)$/s.exec(rawPath) ?? [];
  const exchange: GatewayRequest = {
    ...parts,
    requestId: randomUUID(),
    extendedRequestId: `${randomBytes(11).toString('base64url')}=`,
    traceId: `Root=1-${Math.floor(parts.startedAt / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    rawPath: originalTarget === undefined ? rawPath : (originalTarget.split('?')[0] ?? ''),
    resourceRawPath: rest === '' ? '/' : rest,
    viaCustomDomain: originalTarget !== undefined,
    rawQuery: question < 0 ? '' : target.slice(question + 1),
    body: Buffer.alloc(0),
    responseLength: 0,
  };
  return { exchange, stage };
}

/** First value of a header, by any spelling of its name. */
export function getHeader(exchange: GatewayRequest, name: string): string | undefined {
  return exchange.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** What is known of an answer when it is logged. */
export interface ResponseSummary {
  status: number;
  /** Milliseconds since the request came in. */
  responseLatency: number;
}

/** The request's `$context` variables. What has no value is left out. */
export function toContextValues(
  exchange: GatewayRequest,
  model: GatewayModel,
  answer?: ResponseSummary,
): ContextValues {
  const { route, principal, error } = exchange;
  const userAgent = getHeader(exchange, 'user-agent');
  return {
    accountId: model.location.account,
    apiId: model.api.id,
    deploymentId: model.stage.deploymentId,
    domainName: getDomainName(exchange, model),
    domainPrefix: getDomainName(exchange, model).split('.')[0] ?? '',
    endpointType: model.api.endpointType,
    extendedRequestId: exchange.extendedRequestId,
    httpMethod: exchange.httpMethod,
    'identity.sourceIp': exchange.sourceIp,
    ...(userAgent !== undefined && { 'identity.userAgent': userAgent }),
    ...(principal !== undefined && {
      'identity.accountId': principal.account,
      'identity.caller': principal.userId,
      'identity.user': principal.userId,
      'identity.userArn': principal.arn,
    }),
    ...(exchange.vpcEndpoint !== undefined && { 'identity.vpceId': exchange.vpcEndpoint }),
    ...toAuthorizerValues(exchange.authorizerInvocation),
    ...(exchange.authorizerResult !== undefined && {
      'authorizer.principalId': exchange.authorizerResult.principalId,
      ...Object.fromEntries(
        Object.entries(exchange.authorizerResult.context).map(([name, value]) => [`authorizer.${name}`, value]),
      ),
    }),
    ...(principal?.organizationId !== undefined && { 'identity.principalOrgId': principal.organizationId }),
    path: exchange.rawPath,
    protocol: exchange.protocol,
    requestId: exchange.requestId,
    requestTime: formatRequestTime(exchange.startedAt),
    requestTimeEpoch: String(exchange.startedAt),
    ...(route !== undefined && {
      resourceId: route.method.resourceId,
      resourcePath: route.method.resourcePath,
      'integration.responseTransferMode': route.method.integration.streaming ? 'STREAMED' : 'BUFFERED',
    }),
    stage: model.stage.name,
    xrayTraceId: exchange.traceId,
    ...(model.hasWebAcl && { wafResponseCode: error?.responseType === 'WAF_FILTERED' ? 'WAF_BLOCK' : 'WAF_ALLOW' }),
    ...(error !== undefined && {
      'error.message': error.message,
      'error.messageString': JSON.stringify(error.message),
      'error.responseType': error.responseType,
    }),
    ...(exchange.integrationLatency !== undefined && {
      'integration.latency': String(exchange.integrationLatency),
      integrationLatency: String(exchange.integrationLatency),
    }),
    ...(exchange.integrationStatus !== undefined && {
      'integration.integrationStatus': String(exchange.integrationStatus),
      integrationStatus: String(exchange.integrationStatus),
    }),
    ...(answer !== undefined && {
      status: String(answer.status),
      responseLength: String(exchange.responseLength),
      responseLatency: String(answer.responseLatency),
      ...(exchange.integrationStatus !== undefined && { 'integration.status': String(answer.status) }),
    }),
  };
}

/** Assumed: what `status` is where nothing failed, and that a kept answer took no time. */
function toAuthorizerValues(call: AuthorizerInvocation | undefined): ContextValues {
  if (call === undefined) return {};
  const { status, integrationStatus, latencyMs, error } = call;
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

/** The name the API is called by on AWS (documented: "should be the same as the incoming Host header"): here, a loopback address. */
export function getDomainName({ viaCustomDomain }: GatewayRequest, { api, location, domain }: GatewayModel): string {
  if (viaCustomDomain && domain !== undefined) return domain.name;
  return `${api.id}.execute-api.${location.region}.${location.urlSuffix}`;
}

/** As `22/Nov/2026:12:34:56 +0000`. */
export function formatRequestTime(milliseconds: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(milliseconds).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
