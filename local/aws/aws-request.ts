/**
 * What a request to a service asks for, in IAM's words.
 *
 * Documented (service authorization reference; API references): the actions and resources, that a batch needs the permission of the
 * single operation, that S3 answers 403 for a missing object whose bucket the caller may not list.
 */
import { AWS_SERVICES, type JsonService } from './moto-client.ts';

export interface AwsLocation {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** What to authorize. */
export interface AwsOperation {
  /** As in `ReceiveMessage`; of S3 the method. */
  readonly name: string;
  /** As in `sqs:ReceiveMessage`. */
  readonly action: string;
  readonly resources: readonly string[];
  /** The input of an operation in JSON. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly hostname: string;
  readonly target: string | undefined;
  readonly body: Buffer;
}

/** Operations whose permission has another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  'sqs:SendMessageBatch': 'sqs:SendMessage',
  'sqs:DeleteMessageBatch': 'sqs:DeleteMessage',
  'sqs:ChangeMessageVisibilityBatch': 'sqs:ChangeMessageVisibility',
};

/** Returns undefined for a request that is no operation of the service. */
export function readJsonOperation(
  service: JsonService,
  { method, target = '', body }: ReceivedRequest,
  location: AwsLocation,
): AwsOperation | undefined {
  const [prefix, name, ...rest] = target.split('.');
  if (method !== 'POST' || prefix !== AWS_SERVICES[service].target || !name || rest.length > 0) return undefined;
  const input = parseObject(body);
  if (input === undefined) return undefined;
  const operation = `${service}:${name}`;
  const action = ACTIONS[operation] ?? operation;
  return { name, action, input, ...FIND_RESOURCES[service](input, location) };
}

type FoundResources = Pick<AwsOperation, 'resources'>;

const FIND_RESOURCES: Readonly<
  Record<JsonService, (input: Readonly<Record<string, unknown>>, location: AwsLocation) => FoundResources>
> = {
  sqs({ QueueUrl, QueueName, SourceArn }, location) {
    const name = /\/([^/]+)$/.exec(String(QueueUrl ?? ''))?.[1] ?? QueueName;
    if (typeof name === 'string') return { resources: [formatQueueArn(location, name)] };
    return { resources: [typeof SourceArn === 'string' ? SourceArn : '*'] };
  },
  events({ Entries, Name, EventBusName }, { partition, region, account }) {
    const toBus = (bus: unknown) =>
      String(bus).startsWith('arn:') ? String(bus) : `arn:${partition}:events:${region}:${account}:event-bus/${bus}`;
    if (Array.isArray(Entries))
      return { resources: [...new Set(Entries.map((entry) => toBus(entry?.EventBusName ?? 'default')))] };
    if (typeof Name === 'string') return { resources: [`arn:${partition}:events:${region}:${account}:rule/${Name}`] };
    return { resources: [EventBusName === undefined ? '*' : toBus(EventBusName)] };
  },
  secretsmanager({ SecretId, Name }, { partition, region, account }) {
    const id = String(SecretId ?? Name ?? '*');
    const start = `arn:${partition}:secretsmanager:${region}:${account}:secret:`;
    return { resources: [id.startsWith('arn:') ? id : `${start}${id}`] };
  },
  ssm({ Name, Names, Path }, { partition, region, account }) {
    const names = Array.isArray(Names) ? Names : [Name ?? Path];
    const start = `arn:${partition}:ssm:${region}:${account}:parameter/`;
    return {
      resources: names.map((name) =>
        String(name).startsWith('arn:') ? String(name) : start + String(name ?? '*').replace(/^\/|:.*$/g, ''),
      ),
    };
  },
};

export const formatQueueArn = ({ partition, region, account }: AwsLocation, name: string): string =>
  `arn:${partition}:sqs:${region}:${account}:${name}`;

/** The permissions for an object and for a bucket, by method. */
const S3_ACTIONS: Readonly<Record<string, { readonly object: string; readonly bucket: string }>> = {
  GET: { object: 's3:GetObject', bucket: 's3:ListBucket' },
  HEAD: { object: 's3:GetObject', bucket: 's3:ListBucket' },
  PUT: { object: 's3:PutObject', bucket: 's3:CreateBucket' },
  DELETE: { object: 's3:DeleteObject', bucket: 's3:DeleteBucket' },
};

/** Parameters of a query that make it another operation. */
const OTHER_S3_OPERATIONS = /(?:^|&)(?:acl|policy|tagging|versioning|versions|uploads|uploadId|torrent|notification)\b/;

/** Reads a request for an object or a bucket, in the style of paths or of virtual hosts. */
export function readS3Operation(
  { method, rawPath, rawQuery, hostname }: ReceivedRequest,
  s3Hostname: string,
  { partition }: AwsLocation,
): (AwsOperation & { readonly bucket: string; readonly key: string }) | undefined {
  const virtualBucket = hostname === s3Hostname ? undefined : hostname.slice(0, -s3Hostname.length - 1);
  const [, first = '', rest = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(rawPath) ?? [];
  const bucket = virtualBucket ?? first;
  const key = decodeKey(virtualBucket === undefined ? rest : rawPath.slice(1));
  const actions = S3_ACTIONS[method];
  if (actions === undefined || bucket === '' || key === undefined || OTHER_S3_OPERATIONS.test(rawQuery))
    return undefined;
  const arn = `arn:${partition}:s3:::${bucket}`;
  return key === ''
    ? { name: method, action: actions.bucket, resources: [arn], input: {}, bucket, key }
    : { name: method, action: actions.object, resources: [`${arn}/${key}`], input: {}, bucket, key };
}

function decodeKey(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
