/** The model that the gateway runs: read from a template, typed, with every reference resolved. */
import type { StackLocation } from './resource-identity.ts';

/** One stack with one REST API. */
export interface GatewayModel {
  location: StackLocation;
  api: RestApi;
  stage: Stage;
  methods: Method[];
  /** By authorizer id. */
  authorizers: ReadonlyMap<string, Authorizer>;
  /** By response type. */
  gatewayResponses: ReadonlyMap<string, GatewayResponse>;
  /** By logical id. */
  functions: ReadonlyMap<string, LambdaFunction>;
  /** Resource-based policies of functions, by the function's logical id. A function without an entry has none. */
  resourcePolicies: ReadonlyMap<string, PolicyDocument>;
  schedules: Schedule[];
  queues: readonly Queue[];
  eventRules: readonly EventRule[];
  eventSources: readonly EventSource[];
  /** The API's custom domain, if it has one. */
  domain?: CustomDomain;
  /** Whether a web ACL is associated with the stage. */
  hasWebAcl: boolean;
  outputs: Record<string, unknown>;
  /** Settings that AWS would accept, but that may not have the effect their author expects. */
  warnings: string[];
}

export interface RestApi {
  id: string;
  name: string;
  endpointType: 'REGIONAL' | 'PRIVATE' | 'EDGE';
  /** Resource policy with `execute-api:/…` resources expanded to full ARNs. Undefined: none. */
  policy?: unknown;
  binaryMediaTypes: string[];
  /** The endpoints that a private API lists. */
  vpcEndpointIds: string[];
  /** Whether the `execute-api` endpoint is disabled. */
  defaultEndpointDisabled: boolean;
}

export interface CustomDomain {
  name: string;
  /** The base path, one path part without slashes. Undefined: none. */
  basePath?: string;
}

/** A Lambda authorizer of type `TOKEN`. */
export interface Authorizer {
  id: string;
  /** Logical id of its function. */
  function: string;
  /** Name of the header that contains the token, in lower case. */
  header: string;
  /** Regular expression that must match the whole header value. */
  expression: string;
  ttlSeconds: number;
}

/** An EventBridge rule that invokes a function on a schedule. */
export interface Schedule {
  logicalId: string;
  arn: string;
  /** For example `rate(1 hour)`. */
  expression: string;
  enabled: boolean;
  /** Logical id of the function. */
  function: string;
  /** The event, as JSON text. */
  input: string;
}

/** A standard queue of SQS. */
export interface Queue {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  /** With the attributes of a message. */
  readonly maxMessageBytes: number;
  /** Where SQS moves a message that was received this often. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Its resource-based policy. Undefined: none. */
  readonly policy?: unknown;
}

/** An EventBridge rule that sends events to a queue. It has either a pattern or a schedule. */
export interface EventRule {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The name of its event bus. */
  readonly bus: string;
  readonly pattern?: Readonly<Record<string, unknown>>;
  readonly schedule?: string;
  readonly enabled: boolean;
  readonly queueArn: string;
  /** The queue for events that EventBridge cannot deliver. Undefined: they are lost. */
  readonly deadLetterArn?: string;
}

/** An event source mapping: Lambda invokes a function with the messages of a queue. */
export interface EventSource {
  readonly logicalId: string;
  readonly queueArn: string;
  /** Logical id of the function. */
  readonly function: string;
  /** Messages for one invocation. */
  readonly batchSize: number;
  /** Invocations at the same time. Undefined: as many as the function allows. */
  readonly maxConcurrency?: number;
  readonly enabled: boolean;
  /** Whether the response says which messages failed. Otherwise all of them did, or none. */
  readonly reportsItemFailures: boolean;
}

export interface Stage {
  name: string;
  deploymentId: string;
  variables: Record<string, string>;
  methodSettings: MethodSetting[];
  accessLog?: { logGroup: string; format: string };
}

/** Throttling of the methods that it matches. `*` and `/*` match all methods. */
export interface MethodSetting {
  httpMethod: string;
  /** A method's resource path, with slashes. */
  resourcePath: string;
  /** Requests per second. */
  rateLimit?: number;
  burstLimit?: number;
}

export interface Method {
  logicalId: string;
  /** `ANY` or one HTTP method. */
  httpMethod: string;
  /** For example `/environments/{environment}/cli`. */
  resourcePath: string;
  resourceId: string;
  authorization: 'AWS_IAM' | 'CUSTOM' | 'NONE';
  /** Id of the authorizer. Present if the authorization is `CUSTOM`. */
  authorizer?: string;
  integration: Integration;
}

/** A Lambda proxy integration. */
export interface Integration {
  /** Logical id of the function. */
  function: string;
  streaming: boolean;
  timeoutMs: number;
}

/** A response that API Gateway generates itself for one kind of error. */
export interface GatewayResponse {
  responseType: string;
  statusCode?: number;
  /** Body templates by content type. */
  templates: Record<string, string>;
  /** Header name → value expression. */
  headers: Record<string, string>;
}

export interface LambdaFunction {
  logicalId: string;
  name: string;
  arn: string;
  handler: string;
  runtime: string;
  timeoutMs: number;
  memoryMb: number;
  variables: Record<string, string>;
  /** Undefined: the account's limit applies. */
  reservedConcurrency?: number;
  /** Absolute path of the built asset's folder. */
  assetFolder: string;
  role: FunctionRole;
  logGroup: string;
  logFormat: 'Text' | 'JSON';
  logLevel?: string;
  /** Whether the role can write to the log group. If not, log lines are lost, as on AWS. */
  canWriteLogs: boolean;
  /** The ports that its security groups allow it to connect to. Undefined: no VPC, any port. */
  egress?: PortRange[];
}

export interface PortRange {
  from: number;
  to: number;
}

export interface FunctionRole {
  name: string;
  arn: string;
  /** Identity policy documents. */
  policies: unknown[];
}

/** A policy as JSON, with a list of statements. */
export interface PolicyDocument {
  Version: string;
  Statement: unknown[];
}
