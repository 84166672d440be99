/**
 * One request of CloudFormation to a custom resource, and its response.
 *
 * Documented (CloudFormation, "Custom resource request objects", "response objects", "ServiceTimeout"): the members, the limits.
 * Reported by users of AWS, not documented: that the function is invoked asynchronously, as the role of the deployment; that the event has
 * `ServiceTimeout`; the message after a timeout; that a stack whose deployment is tried again sends the same `RequestId`.
 * Assumed: that such a repeat has a new `ResponseURL`.
 */
import type { InvokeResult } from '../gateway/functions/lambda-api.ts';
import { type EventInvokeConfig, invokeAsynchronously } from './invoke-asynchronously.ts';
import type { CustomResource } from './read-custom-resources.ts';
import type { ResponseBucket } from './response-bucket.ts';

export type RequestType = 'Create' | 'Update' | 'Delete';

/** How an event is delivered, on purpose. */
export interface Delivery {
  /** How often Lambda delivers the event at the same moment. Default: once. */
  readonly copies?: number;
  /** Whether Lambda delivers it once more after CloudFormation has got the response. */
  readonly late?: boolean;
  /** CloudFormation cancels the request after this time, because another resource has failed. */
  readonly cancelAfterMs?: number;
}

export interface RequestContext extends EventInvokeConfig {
  readonly stackId: string;
  readonly bucket: ResponseBucket;
  /** Invokes a function as the role of the deployment. Rejects if it may not. */
  invoke(functionArn: string, event: unknown): Promise<InvokeResult>;
  /** Resolves when the deliveries that are still running have ended. */
  readonly running: Set<Promise<unknown>>;
}

export interface CustomResourceRequest {
  readonly type: RequestType;
  readonly requestId: string;
  readonly resource: CustomResource;
  readonly physicalId?: string | undefined;
  readonly oldProperties?: Readonly<Record<string, unknown>> | undefined;
  readonly delivery?: Delivery | undefined;
}

export type CustomResourceAnswer =
  | { readonly kind: 'success'; readonly physicalId: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'failed'; readonly physicalId: string | undefined; readonly reason: string }
  | { readonly kind: 'cancelled' };

const MAX_RESPONSE_BYTES = 4096;
const MAX_PHYSICAL_ID_BYTES = 1024;

export async function sendRequest(
  context: RequestContext,
  { type, requestId, resource, physicalId, oldProperties, delivery = {} }: CustomResourceRequest,
): Promise<CustomResourceAnswer> {
  const { bucket, stackId, running } = context;
  const { url, response } = bucket.createUrl();
  const event = {
    RequestType: type,
    ServiceToken: resource.serviceToken,
    ResponseURL: url,
    StackId: stackId,
    RequestId: requestId,
    LogicalResourceId: resource.logicalId,
    ResourceType: resource.type,
    ...(physicalId === undefined ? {} : { PhysicalResourceId: physicalId }),
    ResourceProperties: resource.properties,
    ...(oldProperties === undefined ? {} : { OldResourceProperties: oldProperties }),
  };
  const ended = new AbortController();
  const deliver = () => {
    const delivering = invokeAsynchronously(event, {
      ...context,
      invoke: (sent) => context.invoke(resource.serviceToken, sent),
      signal: ended.signal,
    });
    running.add(delivering);
    delivering.finally(() => running.delete(delivering)).catch(() => {});
    return delivering;
  };
  const deliveries = Array.from({ length: delivery.copies ?? 1 }, deliver);
  const refused = new Promise<CustomResourceAnswer>((resolve) => {
    for (const one of deliveries)
      one.catch((error: Error) => resolve({ kind: 'failed', physicalId, reason: error.message }));
  });
  const silent = Promise.allSettled(deliveries).then(
    // Nothing can arrive any more. CloudFormation would wait until its timeout.
    (): CustomResourceAnswer => ({ kind: 'failed', physicalId, reason: describeTimeout(requestId) }),
  );
  const answer = await Promise.race([
    response.then((body) => readAnswer(body, event)),
    refused,
    silent,
    delay(resource.timeoutSeconds * 1000, ended.signal).then(
      (): CustomResourceAnswer => ({ kind: 'failed', physicalId, reason: describeTimeout(requestId) }),
    ),
    ...(delivery.cancelAfterMs === undefined
      ? []
      : [delay(delivery.cancelAfterMs, ended.signal).then((): CustomResourceAnswer => ({ kind: 'cancelled' }))]),
  ]);
  ended.abort();
  if (delivery.late && answer.kind !== 'cancelled') await deliver();
  return answer;
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

const describeTimeout = (requestId: string): string =>
  `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${requestId}].`;

function readAnswer(
  body: string,
  event: { readonly StackId: string; readonly RequestId: string; readonly LogicalResourceId: string },
): CustomResourceAnswer {
  const fail = (reason: string): CustomResourceAnswer => ({ kind: 'failed', physicalId: undefined, reason });
  if (Buffer.byteLength(body) > MAX_RESPONSE_BYTES) return fail('Response is too long.');
  let members: Record<string, unknown>;
  try {
    members = JSON.parse(body);
  } catch {
    return fail('Invalid response object: it is not JSON.');
  }
  const { Status, Reason, PhysicalResourceId, Data = {} } = members;
  for (const name of ['StackId', 'RequestId', 'LogicalResourceId'] as const)
    if (members[name] !== event[name]) return fail(`Invalid response object: Value of property ${name} must match.`);
  if (typeof PhysicalResourceId !== 'string' || PhysicalResourceId === '') return fail('Invalid PhysicalResourceId');
  if (Buffer.byteLength(PhysicalResourceId) > MAX_PHYSICAL_ID_BYTES) return fail('Invalid PhysicalResourceId');
  if (Status === 'SUCCESS')
    return { kind: 'success', physicalId: PhysicalResourceId, data: Data as Record<string, unknown> };
  if (Status !== 'FAILED' || typeof Reason !== 'string' || Reason === '')
    return fail('Invalid response object: FAILED needs a Reason.');
  return { kind: 'failed', physicalId: PhysicalResourceId, reason: Reason };
}
