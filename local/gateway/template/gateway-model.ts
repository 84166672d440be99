/** What the gateway plays, as read from a template: typed, resolved, nothing left to look up. */
import type { StackLocation } from './resource-identity.ts';

/** One stack with one REST API. */
export interface GatewayModel {
  location: StackLocation;
  api: RestApi;
  stage: Stage;
  methods: Method[];
  /** By their id. */
  authorizers: ReadonlyMap<string, Authorizer>;
  /** By response type. */
  gatewayResponses: ReadonlyMap<string, GatewayResponse>;
  /** By logical id. */
  functions: ReadonlyMap<string, LambdaFunction>;
  permissions: InvokePermission[];
  schedules: Schedule[];
  /** The API's own name, in the place of the one API Gateway gives. */
  domain?: CustomDomain;
  /** Whether a web ACL stands before the stage. */
  hasWebAcl: boolean;
  outputs: Record<string, unknown>;
  /** What AWS would accept, but not as its author may expect. */
  warnings: string[];
}

export interface RestApi {
  id: string;
  name: string;
  endpointType: 'REGIONAL' | 'PRIVATE' | 'EDGE';
  /** Resource policy with its short `execute-api:/…` resources written out. Undefined: none. */
  policy?: unknown;
  binaryMediaTypes: string[];
  /** Of a private API, as far as they are named. */
  vpcEndpointIds: string[];
  /** Whether the name API Gateway gives is switched off. */
  defaultEndpointDisabled: boolean;
}

export interface CustomDomain {
  name: string;
  /** First part of the path, without slashes. Undefined: none. */
  basePath?: string;
}

/** A Lambda authorizer of type `TOKEN`. */
export interface Authorizer {
  id: string;
  /** Logical id of its function. */
  function: string;
  /** Name of the header it reads, in lower case. */
  header: string;
  /** Regular expression that the header's value must match as a whole. */
  expression: string;
  ttlSeconds: number;
}

/** What calls a function by the clock. */
export interface Schedule {
  logicalId: string;
  arn: string;
  /** As in `rate(1 hour)`. */
  expression: string;
  enabled: boolean;
  /** Logical id of the function. */
  function: string;
  /** JSON. */
  input: string;
}

export interface Stage {
  name: string;
  deploymentId: string;
  variables: Record<string, string>;
  methodSettings: MethodSetting[];
  accessLog?: { logGroup: string; format: string };
}

/** Throttling of the methods it matches; `*` and `/*` match all. */
export interface MethodSetting {
  httpMethod: string;
  /** As a method's, with its slashes. */
  resourcePath: string;
  /** Requests a second. */
  rateLimit?: number;
  burstLimit?: number;
}

export interface Method {
  logicalId: string;
  /** `ANY` or one method. */
  httpMethod: string;
  /** As `/environments/{environment}/cli`. */
  resourcePath: string;
  resourceId: string;
  authorization: 'AWS_IAM' | 'CUSTOM' | 'NONE';
  /** Id of the authorizer, where the authorization is `CUSTOM`. */
  authorizer?: string;
  integration: Integration;
}

/** A Lambda proxy integration. */
export interface Integration {
  /** Logical id. */
  function: string;
  streaming: boolean;
  timeoutMs: number;
}

/** The gateway's own answer to one kind of fault. */
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
  /** Undefined: as many as the account allows. */
  reservedConcurrency?: number;
  /** Absolute folder of the built asset. */
  assetFolder: string;
  role: FunctionRole;
  logGroup: string;
  logFormat: 'Text' | 'JSON';
  logLevel?: string;
  /** Whether the role may write to the log group: if not, lines are lost, as on AWS. */
  canWriteLogs: boolean;
  /** Which ports its security groups let it connect to. Undefined: no VPC, any port. */
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

/** One statement of a function's own policy. */
export interface InvokePermission {
  /** Logical id of the function. */
  function: string;
  action: string;
  principal: string;
  sourceArn?: string;
  sourceAccount?: string;
}
