/**
 * Lambda's API over HTTPS, for functions that invoke other functions: the operation `Invoke` with the type `RequestResponse`. A request
 * passes size, signature, policies, payload and concurrency in this order, and the first that rejects it answers. A client that disconnects
 * does not stop the function.
 *
 * Documented (API reference, `Invoke`; "Lambda quotas"; "Using resource-based policies"): the path, names and ARNs of functions, the
 * limits, the errors, that an error of the function is HTTP 200 with `X-Amz-Function-Error`, that a UUID in `x-amzn-RequestId`
 * becomes the request's id.
 * Reported by users of AWS, not documented: the messages, that missing permission is reported before a missing function,
 * `Function.ResponseSizeTooLarge`.
 * Assumed: that a request without a payload is the event `{}`; the order of the checks; that a client that disconnects does not stop the
 * function, which is documented for streams only.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { PrincipalStore } from '../../iam/principal-store.ts';
import { verifySignature } from '../../iam/verify-signature.ts';
import { readBody } from '../../read-body.ts';
import { type InvokeResult, MAX_PAYLOAD_BYTES } from '../functions/lambda-api.ts';
import type { FunctionError } from '../functions/protocol.ts';
import type { LocalFunctions } from '../functions/start-functions.ts';
import type { GatewayModel, LambdaFunction } from '../template/gateway-model.ts';
import { parseJson } from '../template/parse-json.ts';
import { checkIdentity } from './authorize-invoke.ts';
import { findInvokedFunction } from './find-invoked-function.ts';
import { createFunctionError, type InvokeFault, type InvokeFaults } from './invoke-faults.ts';
import { LambdaError, lambdaErrors } from './lambda-error.ts';

export interface LambdaServerOptions {
  readonly model: GatewayModel;
  readonly functions: Pick<LocalFunctions, 'invoke'>;
  readonly principals: PrincipalStore;
  readonly faults: InvokeFaults;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** PEM of the server's certificate and its key. */
  readonly certificate: { readonly cert: string; readonly key: string };
}

/** The host name of Lambda's API. */
export const getLambdaHostname = ({ region, urlSuffix }: GatewayModel['location']): string =>
  `lambda.${region}.${urlSuffix}`;

/** Creates a server that is not yet listening. */
export function createLambdaServer(options: LambdaServerOptions): Server {
  return createServer({ ...options.certificate, keepAliveTimeout: 60_000 }, (incoming, response) => {
    response.on('error', () => {});
    handle(options, incoming, response).catch((error: unknown) => {
      if (incoming.errored !== null || response.destroyed) return;
      // A bug in this gateway: the response must not look like one of AWS.
      console.error('local gateway:', error);
      response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`local gateway failed: ${String(error)}\n`);
    });
  });
}

/** What is sent. `cut`: nothing, the connection ends. */
type Outcome = 'cut' | { readonly payload: Buffer; readonly error?: FunctionError };

async function handle(options: LambdaServerOptions, incoming: IncomingMessage, response: ServerResponse) {
  const sentId = incoming.headers['x-amzn-requestid'];
  const requestId = typeof sentId === 'string' && UUID.test(sentId) ? sentId : randomUUID();
  response.setHeader('x-amzn-RequestId', requestId);
  response.setHeader('Content-Type', 'application/json');
  try {
    const outcome = await answer(options, incoming, requestId);
    if (outcome === 'cut') return void incoming.socket.destroy();
    response.setHeader('X-Amz-Executed-Version', '$LATEST');
    if (outcome.error !== undefined) response.setHeader('X-Amz-Function-Error', 'Unhandled');
    response.end(outcome.error === undefined ? outcome.payload : JSON.stringify(outcome.error));
  } catch (error) {
    if (!(error instanceof LambdaError)) throw error;
    // The rest of the body is discarded, so that the client can receive the response.
    incoming.resume();
    response.writeHead(error.status, { 'x-amzn-errortype': error.name, ...error.headers });
    response.end(JSON.stringify(error.body));
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

/** Headers that change what `Invoke` does, with the only value that is supported here. Empty: none. */
const SUPPORTED_VALUES: Readonly<Record<string, string>> = {
  'x-amz-invocation-type': 'RequestResponse',
  'x-amz-log-type': 'None',
  'x-amz-client-context': '',
  'x-amz-durable-execution-name': '',
  'x-amz-tenant-id': '',
};

async function answer(options: LambdaServerOptions, incoming: IncomingMessage, requestId: string): Promise<Outcome> {
  const { model, faults } = options;
  const { rawPath, rawQuery } = splitTarget(incoming.url ?? '/');
  const [, encodedName = ''] = INVOKE_PATH.exec(rawPath) ?? [];
  if (incoming.method !== 'POST' || encodedName === '') throw lambdaErrors.unsupported(`${incoming.method} ${rawPath}`);
  const { arn, target } = findInvokedFunction(
    decodeName(encodedName),
    model,
    new URLSearchParams(rawQuery).get('Qualifier') ?? undefined,
  );
  const fault = target && faults.take(target.logicalId);
  if (isCut(fault, 'before')) return 'cut';

  const body = await readBody(incoming, MAX_PAYLOAD_BYTES);
  if (body === undefined) throw lambdaErrors.tooLarge();
  const principal = await authenticate(options, incoming, rawPath, rawQuery, body);
  const conditionKeys = {
    'aws:SecureTransport': 'true',
    'aws:SourceIp': (incoming.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
  };
  await checkIdentity(model, principal, arn, target, conditionKeys);
  if (target === undefined) throw lambdaErrors.notFound(arn);
  const event = readEvent(incoming, body);
  return invoke(options, { target, event, requestId, traceId: readTraceId(incoming) }, fault);
}

function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const splitTarget = (url: string): { rawPath: string; rawQuery: string } => {
  const end = url.includes('?') ? url.indexOf('?') : url.length;
  return { rawPath: url.slice(0, end), rawQuery: url.slice(end + 1) };
};

async function authenticate(
  { principals, model, now }: LambdaServerOptions,
  incoming: IncomingMessage,
  rawPath: string,
  rawQuery: string,
  body: Buffer,
) {
  const { headers, method = '' } = incoming;
  const verification = await verifySignature(
    { method, rawPath, rawQuery, headers, body },
    { service: 'lambda', region: model.location.region, principals, now },
  );
  if (!verification.ok) throw new LambdaError(verification.code, verification.status, verification.message);
  return verification.principal;
}

function readEvent({ headers }: IncomingMessage, body: Buffer): string {
  for (const [name, supported] of Object.entries(SUPPORTED_VALUES)) {
    const value = headers[name] ?? supported;
    if (value !== supported) throw lambdaErrors.unsupported(`${name}: ${value}`);
  }
  const sentId = headers['x-amzn-requestid'];
  if (typeof sentId === 'string' && !UUID.test(sentId))
    throw lambdaErrors.invalidRequest(`The value of x-amzn-RequestId is not a valid UUID: ${sentId}`);
  const event = body.length === 0 ? '{}' : body.toString('utf8');
  if (parseJson(event) === undefined) throw lambdaErrors.invalidRequest('Could not parse request body into json');
  return event;
}

const readTraceId = ({ headers }: IncomingMessage): string => {
  const sent = headers['x-amzn-trace-id'];
  return typeof sent === 'string' ? sent : 'Root=1-0-0';
};

interface InvokeRequest {
  readonly target: LambdaFunction;
  readonly event: string;
  readonly requestId: string;
  readonly traceId: string;
}

async function invoke(
  { functions, faults }: LambdaServerOptions,
  { target, ...input }: InvokeRequest,
  fault: InvokeFault | undefined,
): Promise<Outcome> {
  const { requestId } = input;
  const isBefore = fault !== undefined && 'when' in fault && fault.when === 'before';
  if (isCut(fault, 'during')) return 'cut';
  if (isBefore) return applyFault(fault, requestId);

  const chunks: Buffer[] = [];
  const result = await functions.invoke(target.logicalId, input, (chunk) => chunks.push(chunk));
  if (result.kind === 'rejected') {
    if (fault !== undefined) faults.putBack(target.logicalId, fault);
    throw toRejection(result);
  }
  if (fault !== undefined) return applyFault(fault, requestId);
  return result.kind === 'function-error'
    ? { payload: Buffer.alloc(0), error: result.error }
    : limitPayload(Buffer.concat(chunks));
}

const isCut = (fault: InvokeFault | undefined, when: 'before' | 'during' | 'after'): boolean =>
  fault !== undefined && 'cut' in fault && fault.cut === when;

/** Returns or throws what a fault answers in place of the function. */
function applyFault(fault: InvokeFault, requestId: string): Outcome {
  if ('cut' in fault) return 'cut';
  if ('exception' in fault) {
    const { exception, status, message = `${exception} "here"`, reason } = fault;
    throw new LambdaError(exception, status, message, reason);
  }
  if ('functionError' in fault)
    return { payload: Buffer.alloc(0), error: createFunctionError(fault.functionError, requestId) };
  return limitPayload(Buffer.from(JSON.stringify('x'.repeat(Math.max(0, fault.responseBytes - 2)))));
}

function limitPayload(payload: Buffer): Outcome {
  if (payload.length <= MAX_PAYLOAD_BYTES) return { payload };
  const errorMessage = `Response payload size (${payload.length} bytes) exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`;
  return { payload, error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } };
}

function toRejection(result: Extract<InvokeResult, { kind: 'rejected' }>): LambdaError {
  return result.error === 'TooManyRequestsException' ? lambdaErrors.throttled(result.reason) : lambdaErrors.tooLarge();
}
