/**
 * API Gateway's front: plain HTTP on the loopback address, requests signed for `execute-api` with the host they are sent
 * to. Each request goes one way: stage, route, signature, policies, throttle, permission, function; whatever refuses it is
 * answered with a gateway response, and one access log line is written either way. Assumed: that order, and that throttling
 * counts authorized requests only.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ConditionKeys } from '../../iam/evaluate-policies.ts';
import type { PrincipalStore } from '../../iam/principal-store.ts';
import type { Logs } from '../functions/logs.ts';
import type { LocalFunctions } from '../functions/start-functions.ts';
import { GatewayError, gatewayErrors } from '../gateway-errors.ts';
import { substituteVariables } from '../template/context-variables.ts';
import type { GatewayModel } from '../template/gateway-model.ts';
import { authenticateIam, authorizeToken, checkPolicies } from './authorize.ts';
import { findRoute } from './find-route.ts';
import { createGatewayRequest, type GatewayRequest, getHeader, toContextValues } from './gateway-request.ts';
import { invokeIntegration } from './invoke-integration.ts';
import { checkMethodPermission } from './invoke-permissions.ts';
import { createLambdaAuthorizers } from './lambda-authorizers.ts';
import { createProxyEvent } from './proxy-event.ts';
import { renderGatewayResponse } from './render-gateway-response.ts';
import { createThrottle } from './throttle.ts';

/** Documented quota of a request's body. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface GatewayServerOptions {
  model: GatewayModel;
  functions: LocalFunctions;
  principals: PrincipalStore;
  logs: Logs;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Further condition keys of every request, as `aws:SourceVpce`. */
  conditionKeys: ConditionKeys;
  /** Whether the web ACL blocks what comes. */
  isBlocked: () => boolean;
  /** The fault of the next request in the place of its own way: for those that this API cannot be brought to. */
  takeForcedError: () => GatewayError | undefined;
}

/** A server that is not yet listening. */
export function createGatewayServer(options: GatewayServerOptions): Server {
  const { model, functions, principals, logs, now, conditionKeys, isBlocked, takeForcedError } = options;
  const authorizers = createLambdaAuthorizers(model, functions, now);
  const throttle = createThrottle(model.stage.methodSettings, now);

  // Clients keep connections, and find them closed at once where Node's own five seconds are left to hold.
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A client that leaves does not stop the function; what it still writes goes nowhere.
    response.on('error', () => {});
    handle(request, response).catch((error: unknown) => {
      if (request.errored !== null) return;
      // A fault of this gateway and of nothing it plays: it must not look like an answer of AWS.
      console.error('local gateway:', error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`local gateway failed: ${String(error)}\n`);
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, vpcEndpoint } = extractVpcEndpoint(pairHeaders(request.rawHeaders), model);
    const { exchange, stage } = createGatewayRequest({
      ...resolveTarget(request, model),
      httpMethod: request.method ?? 'GET',
      protocol: `HTTP/${request.httpVersion}`,
      headers,
      ...(vpcEndpoint === undefined ? {} : { vpcEndpoint }),
      sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      startedAt: now(),
    });
    const begun = performance.now();
    // By this clock, as AWS's answers have it: a client can compare its own.
    response.setHeader('Date', new Date(exchange.startedAt).toUTCString());
    response.setHeader('x-amzn-RequestId', exchange.requestId);
    response.setHeader('x-amz-apigw-id', exchange.extendedRequestId);
    if (stage !== model.stage.name) {
      // Outside every stage there are no gateway responses and no log.
      request.resume();
      response.writeHead(403, { 'x-amzn-ErrorType': 'ForbiddenException', 'Content-Type': 'application/json' });
      response.end('{"message":"Forbidden"}');
      return;
    }
    let last: Buffer;
    try {
      last = await answer(exchange, request, response);
    } catch (fault) {
      if (!(fault instanceof GatewayError)) throw fault;
      exchange.error = fault;
      const values = toContextValues(exchange, model);
      const own = renderGatewayResponse(model.gatewayResponses, fault, values, getHeader(exchange, 'accept'));
      response.statusCode = own.status;
      for (const [name, value] of Object.entries(own.headers)) response.setHeader(name, value);
      last = Buffer.from(own.body);
    }
    exchange.responseLength += last.length;
    logAccess(exchange, response.statusCode, Math.round(performance.now() - begun));
    response.end(last);
  }

  /** Before the answer's last bytes, so that who has read the answer can read the line. */
  function logAccess(exchange: GatewayRequest, status: number, responseLatency: number): void {
    const { accessLog } = model.stage;
    if (accessLog === undefined) return;
    const values = toContextValues(exchange, model, { status, responseLatency });
    logs.write(accessLog.logGroup, substituteVariables(accessLog.format, values, '-'));
  }

  /** Gives what is left to send. */
  async function answer(exchange: GatewayRequest, request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    exchange.body = await readLimitedBody(request);
    const other = takeForcedError();
    if (other !== undefined) throw other;
    if (model.hasWebAcl && isBlocked()) throw gatewayErrors.webAcl();
    const route = findRoute(model.methods, exchange.httpMethod, exchange.resourceRawPath);
    if (route === undefined) throw gatewayErrors.noRoute();
    exchange.route = route;
    const { method } = route;
    if (method.authorization === 'AWS_IAM') {
      exchange.principal = await authenticateIam(exchange, model, principals, now);
    }
    if (method.authorization === 'CUSTOM') await authorizeToken(exchange, route, model, authorizers, conditionKeys);
    else await checkPolicies(exchange, route, model, conditionKeys);
    if (!throttle(method)) throw gatewayErrors.throttled();
    checkMethodPermission(method, exchange.httpMethod, model);
    const event = createProxyEvent(exchange, route, model, request.headers.host ?? '');
    return invokeIntegration(exchange, method, JSON.stringify(event), model, functions, response);
  }
}

/**
 * The request's target with the stage before it, as at API Gateway's own name. A domain has a base path there, or nothing; where
 * API Gateway's own name is switched off, no other leads anywhere (documented: "Disable the default endpoint for REST APIs").
 */
function resolveTarget(
  request: IncomingMessage,
  { domain, api, stage }: GatewayModel,
): { target: string; originalTarget?: string } {
  const target = request.url ?? '/';
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (domain === undefined || host !== domain.name) return { target: api.defaultEndpointDisabled ? '/' : target };
  const base = domain.basePath === undefined ? '' : `/${domain.basePath}`;
  const isBelow = target.startsWith(base) && ['/', '?', ''].includes(target.charAt(base.length));
  return isBelow ? { target: `/${stage.name}${target.slice(base.length)}`, originalTarget: target } : { target: '/' };
}

/** Which of a private API's endpoints a request comes by, on the laptop only: on AWS the network says so. */
const ENDPOINT_HEADER = 'x-local-vpc-endpoint';

function extractVpcEndpoint(headers: [string, string][], { api }: GatewayModel) {
  if (api.endpointType !== 'PRIVATE') return { headers };
  const named = headers.find(([name]) => name.toLowerCase() === ENDPOINT_HEADER)?.[1];
  return {
    headers: headers.filter(([name]) => name.toLowerCase() !== ENDPOINT_HEADER),
    vpcEndpoint: named ?? api.vpcEndpointIds[0],
  };
}

/** Throws a `GatewayError` when the body exceeds the quota. */
async function readLimitedBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    // The rest is read and dropped, so that the client hears the answer.
    if (length <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  if (length > MAX_BODY_BYTES) throw gatewayErrors.tooLarge();
  return Buffer.concat(chunks);
}

function pairHeaders(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? '']] : [])) as [
    string,
    string,
  ][];
}
