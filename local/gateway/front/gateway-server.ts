/**
 * API Gateway's HTTP server: plain HTTP on the loopback address. Requests are signed for `execute-api` and the host that they are sent
 * to. The steps of a request: stage, route, signature, policies, throttling, permission, function. The first step that rejects a
 * request returns a gateway response. Every request writes one access log line.
 *
 * Documented ("Known issues"): `X-HTTP-Method-Override` replaces the method. Assumed: that it does so after the policies have been
 * evaluated, which is the worst case for an API; the order of the steps; that throttling counts authorized requests only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ConditionKeys } from '../../iam/evaluate-policies.ts';
import type { PrincipalStore } from '../../iam/principal-store.ts';
import { readBody } from '../../read-body.ts';
import type { Logs } from '../functions/logs.ts';
import type { LocalFunctions } from '../functions/start-functions.ts';
import { GatewayError, gatewayErrors } from '../gateway-errors.ts';
import { substituteVariables } from '../template/context-variables.ts';
import type { GatewayModel } from '../template/gateway-model.ts';
import { authenticateIam, authorizeToken, checkPolicies } from './authorize.ts';
import { findRoute, type Route } from './find-route.ts';
import { createGatewayRequest, type GatewayRequest, getHeader, toContextValues } from './gateway-request.ts';
import { invokeIntegration } from './invoke-integration.ts';
import { checkMethodPermission } from './invoke-permissions.ts';
import { createLambdaAuthorizers } from './lambda-authorizers.ts';
import { createProxyEvent } from './proxy-event.ts';
import { renderGatewayResponse } from './render-gateway-response.ts';
import { createThrottle } from './throttle.ts';

/** Documented quota of a request body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface GatewayServerOptions {
  model: GatewayModel;
  functions: LocalFunctions;
  principals: PrincipalStore;
  logs: Logs;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Additional condition keys of every request, such as `aws:SourceVpce`. */
  conditionKeys: ConditionKeys;
  /** Whether the web ACL blocks requests. */
  isBlocked: () => boolean;
  /** Returns and clears an error with which the next request must fail, for errors that a test cannot cause otherwise. */
  takeForcedError: () => GatewayError | undefined;
}

/** Creates a server that is not yet listening. */
export function createGatewayServer(options: GatewayServerOptions): Server {
  const { model, functions, principals, logs, now, conditionKeys, isBlocked, takeForcedError } = options;
  const authorizers = createLambdaAuthorizers(model, functions, now);
  const throttle = createThrottle(model.stage.methodSettings, now);

  // Clients keep connections alive. With Node's default of five seconds they often send a request on a connection that was just closed.
  return createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    // A client that disconnects does not stop the function. The rest of its response is discarded.
    response.on('error', () => {});
    handle(incoming, response).catch((error: unknown) => {
      if (incoming.errored !== null) return;
      // A bug in this gateway: the response must not look like one of AWS.
      console.error('local gateway:', error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`local gateway failed: ${String(error)}\n`);
    });
  });

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, vpcEndpoint } = extractVpcEndpoint(pairHeaders(incoming.rawHeaders), model);
    const { request, stage } = createGatewayRequest({
      ...resolveTarget(incoming, model),
      httpMethod: incoming.method ?? 'GET',
      protocol: `HTTP/${incoming.httpVersion}`,
      headers,
      ...(vpcEndpoint === undefined ? {} : { vpcEndpoint }),
      sourceIp: (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      startedAt: now(),
    });
    const startedAt = performance.now();
    // The time of the gateway's clock, with which a client can detect that its own clock is wrong, as on AWS.
    response.setHeader('Date', new Date(request.startedAt).toUTCString());
    response.setHeader('x-amzn-RequestId', request.requestId);
    response.setHeader('x-amz-apigw-id', request.extendedRequestId);
    if (stage !== model.stage.name) {
      // Outside a stage there are no gateway responses and no access log.
      incoming.resume();
      response.writeHead(403, { 'x-amzn-ErrorType': 'ForbiddenException', 'Content-Type': 'application/json' });
      response.end('{"message":"Forbidden"}');
      return;
    }
    let remaining: Buffer;
    try {
      remaining = await processRequest(request, incoming, response);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      request.error = error;
      const values = toContextValues(request, model);
      const rendered = renderGatewayResponse(model.gatewayResponses, error, values, getHeader(request, 'accept'));
      response.statusCode = rendered.status;
      for (const [name, value] of Object.entries(rendered.headers)) response.setHeader(name, value);
      remaining = Buffer.from(rendered.body);
    }
    request.responseLength += remaining.length;
    // Written before the last bytes of the response, so that a client that has received the whole response finds the line.
    logAccess(request, response.statusCode, Math.round(performance.now() - startedAt));
    response.end(remaining);
  }

  function logAccess(request: GatewayRequest, status: number, responseLatency: number): void {
    const { accessLog } = model.stage;
    if (accessLog === undefined) return;
    const values = toContextValues(request, model, { status, responseLatency });
    logs.write(accessLog.logGroup, substituteVariables(accessLog.format, values, '-'));
  }

  function findRequestRoute(request: GatewayRequest): Route {
    const route = findRoute(model.methods, request.httpMethod, request.resourceRawPath);
    if (route === undefined) throw gatewayErrors.noRoute();
    request.route = route;
    return route;
  }

  /** Returns the bytes of the response that remain to be sent. */
  async function processRequest(
    request: GatewayRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<Buffer> {
    const body = await readBody(incoming, MAX_BODY_BYTES);
    if (body === undefined) throw gatewayErrors.tooLarge();
    request.body = body;
    const forcedError = takeForcedError();
    if (forcedError !== undefined) throw forcedError;
    if (model.hasWebAcl && isBlocked()) throw gatewayErrors.webAcl();
    const sentRoute = findRequestRoute(request);
    const { method: sentMethod } = sentRoute;
    if (sentMethod.authorization === 'AWS_IAM') {
      request.principal = await authenticateIam(request, model, principals, now);
    }
    if (sentMethod.authorization === 'CUSTOM')
      await authorizeToken(request, sentRoute, model, authorizers, conditionKeys);
    else await checkPolicies(request, sentRoute, model, conditionKeys);
    request.httpMethod = getHeader(request, 'x-http-method-override') ?? request.httpMethod;
    const route = findRequestRoute(request);
    const { method } = route;
    if (!throttle(method)) throw gatewayErrors.throttled();
    await checkMethodPermission(method, request.httpMethod, model);
    const event = createProxyEvent(request, route, model, incoming.headers.host ?? '');
    return invokeIntegration(request, method, JSON.stringify(event), model, functions, response);
  }
}

/**
 * Returns the request target with the stage as its first part, as at the default endpoint. A custom domain has a base path in place of
 * the stage, or nothing. If the default endpoint is disabled, only the custom domain reaches the API (documented: "Disable the
 * default endpoint for REST APIs").
 */
function resolveTarget(
  incoming: IncomingMessage,
  { domain, api, stage }: GatewayModel,
): { target: string; originalTarget?: string } {
  const target = incoming.url ?? '/';
  const host = (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (domain === undefined || host !== domain.name) return { target: api.defaultEndpointDisabled ? '/' : target };
  const base = domain.basePath === undefined ? '' : `/${domain.basePath}`;
  const isBelow = target.startsWith(base) && ['/', '?', ''].includes(target.charAt(base.length));
  return isBelow ? { target: `/${stage.name}${target.slice(base.length)}`, originalTarget: target } : { target: '/' };
}

/**
 * Names the VPC endpoint through which a request reaches a private API. AWS has no such header: there the network determines the endpoint.
 */
const ENDPOINT_HEADER = 'x-local-vpc-endpoint';

function extractVpcEndpoint(headers: [string, string][], { api }: GatewayModel) {
  if (api.endpointType !== 'PRIVATE') return { headers };
  const endpoint = headers.find(([name]) => name.toLowerCase() === ENDPOINT_HEADER)?.[1];
  return {
    headers: headers.filter(([name]) => name.toLowerCase() !== ENDPOINT_HEADER),
    vpcEndpoint: endpoint ?? api.vpcEndpointIds[0],
  };
}

function pairHeaders(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [])) as [
    string,
    string,
  ][];
}
