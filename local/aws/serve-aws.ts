/**
 * Serves the APIs of AWS services over HTTPS under their own names, with moto behind them: verifies the signature, evaluates the policies of
 * the caller and of the resource, and hands the request on. moto does neither.
 *
 * Documented: the host names; that a missing permission is 403; that S3 answers 403 for a missing object whose bucket the caller may not
 * list. Reported by users of AWS, not documented: the names of the errors. Assumed: the order of the checks, the wording of the messages.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConditionKeys, evaluatePolicies, type PolicyEvaluation } from '../iam/evaluate-policies.ts';
import type { Principal, PrincipalStore } from '../iam/principal-store.ts';
import { verifySignature } from '../iam/verify-signature.ts';
import { readBody } from '../read-body.ts';
import {
  type AwsLocation,
  type AwsOperation,
  type ReceivedRequest,
  readJsonOperation,
  readS3Operation,
} from './aws-request.ts';
import { createScope, type JsonService, type MotoClient, MotoError } from './moto-client.ts';

export type AwsService = JsonService | 's3';

export interface ServeAwsOptions extends AwsLocation {
  readonly client: MotoClient;
  readonly services: readonly AwsService[];
  /** The buckets that have host names of their own. Requests in the style of paths reach every bucket. */
  readonly buckets?: readonly string[];
  readonly principals: PrincipalStore;
  /** The resource-based policy of a queue, bucket or secret. Default: none has one. */
  readonly getResourcePolicy?: (arn: string) => unknown;
  /** Operations that moto lacks, or that are changed, by action: `sqs:StartMessageMoveTask`. */
  readonly operations?: Readonly<Record<string, OperationHandler>>;
  /** Issues a certificate that the clients trust, as PEM. */
  readonly issueCertificate: (hostname: string) => Promise<{ readonly cert: string; readonly key: string }>;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/** Returns the output of an operation. It may throw an `AwsError`. */
export type OperationHandler = (
  input: AwsOperation['input'],
  context: { readonly isAllowed: (action: string, resource: string) => Promise<boolean> },
) => Promise<object>;

/** An error of a service. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface ServedAws {
  /** `HOST:443` → `127.0.0.1:PORT`, for the functions' network. */
  readonly network: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 6 * 1024 * 1024;
/** How often a long poll looks for messages. */
const POLL_MS = 50;

export async function serveAws(options: ServeAwsOptions): Promise<ServedAws> {
  const { region, services, buckets = [] } = options;
  const hosts = services.flatMap((service): [service: AwsService, hostname: string][] => {
    const hostname = formatHostname(service, region);
    const names = service === 's3' ? [hostname, ...buckets.map((bucket) => `${bucket}.${hostname}`)] : [hostname];
    return names.map((name) => [service, name]);
  });
  const servers: Server[] = [];
  const network: Record<string, string> = {};
  for (const [service, hostname] of hosts) {
    const certificate = await options.issueCertificate(hostname);
    const server = createServer({ ...certificate, keepAliveTimeout: 60_000 }, (incoming, response) => {
      response.on('error', () => {});
      answer(options, service, hostname, incoming, response).catch((error: unknown) => {
        if (response.destroyed || response.headersSent) return;
        // A bug here: the response must not look like one of AWS.
        console.error('local AWS:', error);
        response.writeHead(500, { 'Content-Type': 'text/plain' }).end(`local AWS failed: ${String(error)}\n`);
      });
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    servers.push(server);
    network[`${hostname}:443`] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  return {
    network,
    async close() {
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}

const formatHostname = (service: AwsService, region: string): string => `${service}.${region}.amazonaws.com`;

async function answer(
  options: ServeAwsOptions,
  service: AwsService,
  hostname: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-amzn-RequestId', randomUUID());
  try {
    const body = await readBody(incoming, MAX_BODY_BYTES);
    if (body === undefined) throw new AwsError(413, 'RequestTooLarge', 'The request is too large.');
    const [rawPath = '/', rawQuery = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
    const { method = '', headers } = incoming;
    const target = headers['x-amz-target'];
    const received: ReceivedRequest = { method, rawPath, rawQuery, hostname, target: target && String(target), body };
    const { principals, region, now = Date.now } = options;
    const verification = await verifySignature(
      { method, rawPath, rawQuery, headers, body },
      { service, region, principals, now },
    );
    if (!verification.ok) throw new AwsError(verification.status, verification.code, verification.message);
    const { principal } = verification;
    const conditionKeys = { 'aws:SecureTransport': 'true', 'aws:SourceIp': '127.0.0.1' };
    await (service === 's3'
      ? answerS3(options, received, headers, principal, conditionKeys, response)
      : answerJson(options, service, received, principal, conditionKeys, response));
  } catch (error) {
    if (error instanceof MotoError)
      return sendError(service, response, new AwsError(error.status, error.code, error.message));
    if (!(error instanceof AwsError)) throw error;
    incoming.resume();
    sendError(service, response, error);
  }
}

async function answerJson(
  options: ServeAwsOptions,
  service: JsonService,
  received: ReceivedRequest,
  principal: Principal,
  conditionKeys: ConditionKeys,
  response: ServerResponse,
): Promise<void> {
  const read = readJsonOperation(service, received, options);
  if (read === undefined)
    throw new AwsError(400, 'UnknownOperationException', `local AWS: ${service} has no operation ${received.target}.`);
  const operation = service === 'secretsmanager' ? await findSecret(options, read) : read;
  for (const resource of operation.resources)
    await authorize(options, principal, operation.action, resource, conditionKeys);
  const output = await runOperation(options, service, operation, principal, conditionKeys);
  response.setHeader('Content-Type', 'application/x-amz-json-1.0');
  response.end(JSON.stringify(output).replaceAll(`http://${received.hostname}/`, `https://${received.hostname}/`));
}

function runOperation(
  options: ServeAwsOptions,
  service: JsonService,
  { name, input }: AwsOperation,
  principal: Principal,
  conditionKeys: ConditionKeys,
): Promise<object> {
  const { client, operations = {} } = options;
  const replaced = operations[`${service}:${name}`];
  if (replaced !== undefined) {
    const isAllowed = async (action: string, resource: string) =>
      (await evaluate(options, principal, action, resource, conditionKeys)).allowed;
    return replaced(input, { isAllowed });
  }
  return `${service}:${name}` === 'sqs:ReceiveMessage'
    ? receiveMessages(client, input)
    : client.call(service, name, input);
}

/** Waits here, because moto would answer nobody else meanwhile. */
export async function receiveMessages(
  client: MotoClient,
  input: AwsOperation['input'],
): Promise<Record<string, unknown>> {
  const until = performance.now() + 1000 * Number(input.WaitTimeSeconds ?? 0);
  for (;;) {
    const output = await client.call('sqs', 'ReceiveMessage', { ...input, WaitTimeSeconds: 0 });
    if (Array.isArray(output.Messages) && output.Messages.length > 0) return output;
    if (performance.now() >= until) return output;
    await sleep(POLL_MS);
  }
}

/** The ARN of a secret ends with six characters that its name does not have. */
async function findSecret({ client }: ServeAwsOptions, operation: AwsOperation): Promise<AwsOperation> {
  const { SecretId } = operation.input;
  if (typeof SecretId !== 'string') return operation;
  const found = await client.call('secretsmanager', 'DescribeSecret', { SecretId }).catch(() => undefined);
  return found === undefined ? operation : { ...operation, resources: [String(found.ARN)] };
}

async function answerS3(
  options: ServeAwsOptions,
  received: ReceivedRequest,
  headers: IncomingMessage['headers'],
  principal: Principal,
  conditionKeys: ConditionKeys,
  response: ServerResponse,
): Promise<void> {
  const { region, client } = options;
  const operation = readS3Operation(received, formatHostname('s3', region), options);
  if (operation === undefined)
    throw new AwsError(501, 'NotImplemented', `local AWS: S3 has no ${received.method} ${received.rawPath}.`);
  for (const resource of operation.resources)
    await authorize(options, principal, operation.action, resource, conditionKeys);
  const { method, rawPath, rawQuery, hostname, body } = received;
  const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || HOP_HEADERS.has(name) ? [] : [[name, String(value)]],
  );
  const answered = await client.send({
    method,
    path: rawQuery === '' ? rawPath : `${rawPath}?${rawQuery}`,
    headers: { ...Object.fromEntries(passed), host: hostname, authorization: createScope('s3', region) },
    body,
  });
  const bucketArn = `arn:${options.partition}:s3:::${operation.bucket}`;
  if (
    answered.status === 404 &&
    operation.key !== '' &&
    !(await evaluate(options, principal, 's3:ListBucket', bucketArn, conditionKeys)).allowed
  )
    throw new AwsError(403, 'AccessDenied', 'Access Denied');
  for (const [name, value] of Object.entries(answered.headers))
    if (!HOP_HEADERS.has(name)) response.setHeader(name, value);
  response.writeHead(answered.status).end(method === 'HEAD' ? undefined : answered.body);
}

const HOP_HEADERS = new Set(['connection', 'transfer-encoding', 'keep-alive', 'host', 'expect', 'content-length']);

function evaluate(
  { getResourcePolicy, account }: ServeAwsOptions,
  principal: Principal,
  action: string,
  resource: string,
  conditionKeys: ConditionKeys,
): Promise<PolicyEvaluation> {
  const resourcePolicy = getResourcePolicy?.(resource);
  const key = JSON.stringify([principal.accessKeyId, action, resource, conditionKeys]);
  const cache = decisions.get(resourcePolicy ?? principal) ?? new Map<string, Promise<PolicyEvaluation>>();
  decisions.set(resourcePolicy ?? principal, cache);
  const decision =
    cache.get(key) ??
    evaluatePolicies({
      principal,
      action,
      resource,
      resourceAccount: account,
      conditionKeys,
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
    });
  cache.set(key, decision);
  return decision;
}

/** Decisions by policy and request: evaluating takes milliseconds. */
const decisions = new WeakMap<object, Map<string, Promise<PolicyEvaluation>>>();

async function authorize(
  options: ServeAwsOptions,
  principal: Principal,
  action: string,
  resource: string,
  conditionKeys: ConditionKeys,
): Promise<void> {
  const { allowed, explicitDeny, deniedBy } = await evaluate(options, principal, action, resource, conditionKeys);
  if (allowed) return;
  const because = explicitDeny
    ? `with an explicit deny in ${deniedBy === 'identity' ? 'an identity' : 'a resource'}-based policy`
    : `because no identity-based policy allows the ${action} action`;
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
  throw new AwsError(403, 'AccessDeniedException', message);
}

function sendError(service: AwsService, response: ServerResponse, { status, code, message }: AwsError): void {
  if (service === 's3') {
    const name = code === 'AccessDeniedException' ? 'AccessDenied' : code;
    response.writeHead(status, { 'Content-Type': 'application/xml' });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>${escapeXml(message)}</Message></Error>`,
    );
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazonaws.${service}#${code}`, message }));
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
