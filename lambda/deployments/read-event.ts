import { isJsonObject } from '../../airflow/parse-json.ts';
import { malformed } from './read-properties.ts';

/** What happens to a resource. */
export type Phase = 'create' | 'update' | 'delete';

/** A request of CloudFormation. Source: CloudFormation user guide, "Custom resource request objects". */
export interface CustomResourceEvent {
  readonly kind: 'cloudformation';
  readonly phase: Phase;
  /** It is a credential: whoever has it can answer. */
  readonly responseUrl: string;
  readonly stackId: string;
  readonly requestId: string;
  readonly logicalResourceId: string;
  readonly physicalResourceId?: string;
  readonly properties: unknown;
  /** When CloudFormation no longer waits, in milliseconds since the epoch. Undefined if the event does not say it. */
  readonly givesUpAt: number | undefined;
}

/** An invocation by anything else: Terraform, a script. */
export interface DirectEvent {
  readonly kind: 'direct';
  readonly phase: Phase;
  /** What makes two invocations the same resource. Triggers need it. */
  readonly id: string | undefined;
  readonly properties: unknown;
}

export type DeploymentEvent = CustomResourceEvent | DirectEvent;

/** Members of a direct invocation that are not properties. */
export const DIRECT_MEMBERS = ['Id', 'RequestType', 'tf'];

const PHASES: Readonly<Record<string, Phase>> = {
  Create: 'create',
  Update: 'update',
  Delete: 'delete',
  create: 'create',
  update: 'update',
  delete: 'delete',
};

/** @throws Problem `malformed-request` */
export function readEvent(event: unknown): DeploymentEvent {
  if (!isJsonObject(event)) throw malformed('The event must be a JSON object.');
  return typeof event.ResponseURL === 'string' ? readCustomResourceEvent(event) : readDirectEvent(event);
}

function readCustomResourceEvent(event: Readonly<Record<string, unknown>>): CustomResourceEvent {
  const { ResponseURL, RequestType, StackId, RequestId, LogicalResourceId, PhysicalResourceId, ResourceProperties } =
    event;
  const phase = readPhase(RequestType);
  const texts = [ResponseURL, StackId, RequestId, LogicalResourceId];
  if (!texts.every((text) => typeof text === 'string' && text !== ''))
    throw malformed('The event has no StackId, RequestId or LogicalResourceId.');
  return {
    kind: 'cloudformation',
    phase,
    responseUrl: String(ResponseURL),
    stackId: String(StackId),
    requestId: String(RequestId),
    logicalResourceId: String(LogicalResourceId),
    ...(typeof PhysicalResourceId === 'string' ? { physicalResourceId: PhysicalResourceId } : {}),
    properties: ResourceProperties,
    givesUpAt: findGiveUpTime(String(ResponseURL), ResourceProperties),
  };
}

/** Terraform's resource `aws_lambda_invocation` adds `tf.action` to the input. */
function readDirectEvent(event: Readonly<Record<string, unknown>>): DirectEvent {
  const { Id: id, RequestType: requestType, tf } = event;
  if (id !== undefined && (typeof id !== 'string' || id === '')) throw malformed('Id must be a text.');
  const phase = readPhase(requestType ?? (isJsonObject(tf) ? tf.action : undefined) ?? 'Create');
  return { kind: 'direct', phase, id, properties: event };
}

function readPhase(text: unknown): Phase {
  const phase = typeof text === 'string' && Object.hasOwn(PHASES, text) ? PHASES[text] : undefined;
  if (phase === undefined) throw malformed('RequestType must be Create, Update or Delete.');
  return phase;
}

/**
 * CloudFormation signs the URL when it sends the event, and waits for `ServiceTimeout` from then on. Reported: the event has that
 * property. Assumed: the URL is signed with Signature Version 4, or says when it expires.
 */
function findGiveUpTime(url: string, properties: unknown): number | undefined {
  const parameters = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parameters.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const timeout = isJsonObject(properties) ? Number(properties.ServiceTimeout ?? Number.NaN) : Number.NaN;
  const times = [
    signedAt + timeout * 1000,
    signedAt + Number(parameters.get('X-Amz-Expires') ?? Number.NaN) * 1000,
    Number(parameters.get('Expires') ?? Number.NaN) * 1000,
  ].filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.min(...times);
}
