import { z } from 'zod';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { listReleases } from '../files/catalogs.ts';
import { BUFFERED_LIMITS, DEFAULT_LIMITS } from './limits.ts';
import { BUFFERED_TIMEOUTS, DEFAULT_TIMEOUTS, MAX_TIMEOUT_SECONDS } from './timeouts.ts';

/** An object that refuses keys it does not know. Its message has one line per unknown key, in the order of `keys`. */
function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map(
              (key) =>
                `unknown key.${formatDidYouMean(key, Object.keys(shape)) || ` Known: ${Object.keys(shape).join(', ')}`}`,
            )
            .join('\n')
        : undefined,
  });
}

/** One text or a list of them, always read as a list. */
function stringOrList(item: z.ZodType<string>, least = 'give at least one') {
  const list = z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1, least))
    .meta({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] });
  return list as unknown as z.ZodType<string[], string | readonly string[]>;
}

/** A value that the CDK knows only when it deploys: what the construct is given where the file has an id. */
const CDK_TOKEN_PATTERN = String.raw`[$#]\{Token\[[^\]]*\]\}`;

const patternOrToken = (pattern: string, message: string) =>
  z
    .string()
    .regex(new RegExp(`^(?:${pattern}|${CDK_TOKEN_PATTERN})$`), message)
    .meta({ pattern: `^${pattern}$` });

/** A value that another stack exports, for CloudFormation to look up. */
const exportReference = strictObject({ export: z.string().regex(/^[\w:-]{1,255}$/, 'expected the name of an export') });

/** The id of a resource that is there already, or the name of the export that holds it. */
const resourceIdSchema = (prefix: string) => {
  const message = `expected an id like ${prefix}-0abc1234, or { export: NAME }`;
  return z.union([patternOrToken(`${prefix}-[0-9a-z]+`, message), exportReference], message);
};

const accountId = patternOrToken(String.raw`\d{12}`, 'an account number has 12 digits');

const regionName = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'expected a region like ap-southeast-2');

const resourceArn = (service: string, resource: string, example: string) =>
  patternOrToken(String.raw`arn:aws[\w-]*:${service}:[\w-]*:\d{12}:${resource}`, `expected an ARN like ${example}`);

const cidr = patternOrToken(
  String.raw`(?:\d{1,3}\.){3}\d{1,3}/(?:[89]|[12]\d|3[0-2])`,
  'expected an address range like 10.0.0.0/16',
);

const httpsUrl = z.string().regex(/^https:\/\/[^\s/?#]+[^\s?#]*$/, 'expected an address that begins with https://');

/** MWAA's own rule for the names of environments; ours follow it, so that the two can be the same. */
export const ENVIRONMENT_NAME_PATTERN = /^[a-zA-Z][0-9a-zA-Z-_]{0,79}$/;

export const ENVIRONMENT_NAME_MESSAGE =
  'a name begins with a letter and has at most 80 letters, digits, hyphens and underscores';

export const releaseSchema = z.string().superRefine((value, context) => {
  const releases = listReleases();
  if (releases.includes(value)) return;
  context.addIssue(`there is no catalog for Airflow ${value}. There is one for: ${releases.join(', ')}`);
});

/** The default depends on how answers travel (`api.responses`), so it is filled in later and only shown here. */
const withShownDefault = <Schema extends z.ZodType>(schema: Schema, streamed: number, buffered: number) =>
  schema.optional().meta({
    default: streamed,
    ...(buffered === streamed ? {} : { description: `${buffered} where api.responses is buffered` }),
  });

const timeoutSeconds = z.int().min(1).max(MAX_TIMEOUT_SECONDS);
const timeoutStep = (name: keyof typeof DEFAULT_TIMEOUTS, schema: z.ZodInt = timeoutSeconds) =>
  withShownDefault(schema, DEFAULT_TIMEOUTS[name], BUFFERED_TIMEOUTS[name]);

const timeoutsSchema = strictObject({
  integrationSeconds: timeoutStep('integrationSeconds'),
  functionSeconds: timeoutStep('functionSeconds'),
  abortSeconds: timeoutStep('abortSeconds'),
  postSeconds: timeoutStep('postSeconds'),
  connectSeconds: timeoutStep('connectSeconds'),
  tokenSeconds: timeoutStep('tokenSeconds'),
  /** 0: a command that MWAA is too busy to start is answered with `airflow-busy` at once. */
  busySeconds: timeoutStep('busySeconds', z.int().min(0).max(MAX_TIMEOUT_SECONDS)),
});

const byteLimit = (name: keyof typeof DEFAULT_LIMITS) =>
  withShownDefault(
    z
      .int()
      .min(64 * 1024)
      .max(32 * 1024 * 1024),
    DEFAULT_LIMITS[name],
    BUFFERED_LIMITS[name],
  );

const limitsSchema = strictObject({ answerBytes: byteLimit('answerBytes'), outputBytes: byteLimit('outputBytes') });

const throttlingSchema = strictObject({
  ratePerSecond: z.number().min(0.1).max(10_000),
  burst: z.int().min(1).max(5_000),
});

const subnets = z
  .array(resourceIdSchema('subnet'))
  .min(1, 'give at least one subnet')
  .refine((ids) => new Set(ids.map((id) => JSON.stringify(id))).size === ids.length, 'a subnet is named twice');

const vpcCidrs = z.array(cidr).min(1, 'give the address ranges of the VPC');

const airflowEndpointSchema = strictObject({
  securityGroup: resourceIdSchema('sg').optional(),
  /** False where another team owns that group: an output then says which rule to add. */
  ingress: z.boolean().default(true),
  /** Makes the endpoint, open to these address ranges: its private DNS changes the name for the whole VPC. */
  create: strictObject({ cidrs: vpcCidrs }).optional(),
}).refine(
  ({ securityGroup, create }) => (securityGroup === undefined) !== (create === undefined),
  'give either securityGroup, of the endpoint that is there, or create',
);

const vpcSchema = strictObject({
  id: resourceIdSchema('vpc'),
  subnets,
  /** Security group of the environment's web server endpoint. */
  webServerSecurityGroup: resourceIdSchema('sg'),
  /** False where another team owns that group: an output then says which rule to add. */
  webServerIngress: z.boolean().default(true),
  /**
   * The VPC's interface endpoint for `airflow.env`. Left out: the one that another environment of the same VPC makes, or one
   * that has the web server's security group.
   */
  airflowEndpoint: airflowEndpointSchema.optional(),
});

const hostname = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected a host name in lower case, without https:// and without a path');

/** What an environment is, wherever it is deployed to. */
const environmentShape = {
  airflow: releaseSchema,
  /** Left out: the name under which it stands here. */
  mwaaName: z.string().regex(ENVIRONMENT_NAME_PATTERN, ENVIRONMENT_NAME_MESSAGE).optional(),
  enabled: z.boolean().default(true),
  vpc: vpcSchema,
  /** How many commands may run at once. MWAA serves about four, its own user interface included. */
  concurrency: z
    .union([z.int().min(1).max(100), z.literal('unreserved')], 'expected a number from 1 to 100, or unreserved')
    .default(2),
  /** Of its commands, instead of the API's. */
  throttling: throttlingSchema.optional(),
  /** Overrides the host that MWAA names with the token. */
  webServerHostname: hostname.optional(),
  /** Domains of the host that MWAA may name with the token, beside those of MWAA itself: `airflow.example.com`. */
  webServerDomains: z.array(hostname).default([]),
  timeouts: timeoutsSchema.prefault({}),
  limits: limitsSchema.prefault({}),
};

/** In a file it may also say where it is, where that is not where the file says. */
export const environmentSchema = strictObject({
  ...environmentShape,
  account: accountId.optional(),
  region: regionName.optional(),
});

/** What the sentences themselves mean is not judged here: see `GrantCheck`. */
export const grantSchema = strictObject({
  who: stringOrList(z.string().min(1, 'say who')),
  where: stringOrList(z.string().min(1, 'say where')),
  may: z.array(z.string().min(1, 'say what')).min(1, 'give at least one command'),
  enabled: z.boolean().default(true),
});

const PRINCIPAL_ARN_PATTERN = String.raw`arn:aws[\w-]*:(?:iam::\d{12}:(?:root|(?:role|user)/[\w+=,.@*?/-]+)|sts::\d{12}:federated-user/[\w+=,.@*?-]+)`;

const callersSchema = strictObject({
  organization: patternOrToken('o-[a-z0-9]{10,32}', 'expected an organization id like o-a1b2c3d4e5').optional(),
  accounts: z.array(accountId).min(1, 'give at least one account, or leave accounts out').optional(),
  /** Roles and users by ARN, path included; `*` stands for any characters. */
  principals: z
    .array(
      patternOrToken(PRINCIPAL_ARN_PATTERN, 'expected the ARN of a role or user: arn:aws:iam::111122223333:role/NAME'),
    )
    .min(1, 'give at least one principal, or leave principals out')
    .optional(),
  /** Of a private API: the endpoints that requests may come through. Left out: those of `vpcEndpoint`. */
  vpcEndpoints: z.array(resourceIdSchema('vpce')).min(1, 'give at least one endpoint').optional(),
});

const claimValuesSchema = z.union(
  [z.string().min(1), z.array(z.string().min(1)).min(1)],
  'expected the value the claim must have, or a list of values',
);

const oidcSchema = strictObject({
  /** As in the claim `iss` of its tokens, to the letter. */
  issuer: httpsUrl,
  audience: stringOrList(z.string().min(1)),
  /** Left out: the issuer's `/.well-known/jwks.json`. */
  jwksUri: httpsUrl.optional(),
  requiredClaims: z
    .record(z.string().min(1), claimValuesSchema)
    .refine(
      (claims) => Object.keys(claims).length > 0,
      'name at least one claim that only your callers have: an audience alone lets in any user of a public issuer',
    ),
  /** How long API Gateway keeps the authorizer's answer. */
  cacheSeconds: z.int().min(0).max(3600).default(60),
});

const domainSchema = strictObject({
  name: hostname,
  certificate: resourceArn('acm', 'certificate/.+', 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b'),
  /** First part of the path. Left out: none. */
  basePath: z
    .string()
    .regex(/^[\w.-]{1,300}$/, 'a base path is one part, without slashes')
    .optional(),
});

const executeApiEndpointSchema = strictObject({
  ids: z.array(resourceIdSchema('vpce')).min(1, 'give at least one endpoint').optional(),
  create: strictObject({ id: resourceIdSchema('vpc'), subnets, cidrs: vpcCidrs }).optional(),
}).refine(
  ({ ids, create }) => (ids === undefined) !== (create === undefined),
  'give either ids, of the execute-api endpoints that are there, or create',
);

export const apiSchema = strictObject({
  endpoint: z.enum(['regional', 'private'], 'expected regional or private').default('regional'),
  /** Of a private API: the `execute-api` endpoints it is reached by. */
  vpcEndpoint: executeApiEndpointSchema.optional(),
  /** Whose IAM principals may call at all; left out, those whom grants name. Who is not named is denied, the account's own too. */
  callers: callersSchema.prefault({}),
  stageName: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,128}$/, 'a stage name has at most 128 letters, digits, hyphens and underscores')
    // API Gateway's name for the console's test button, whose requests carry no verified caller.
    .refine((value) => value !== 'test-invoke-stage', 'test-invoke-stage is reserved by API Gateway')
    .default('v1'),
  oidc: oidcSchema.optional(),
  /** `buffered` where the region has no response streaming: timeouts and answers are then much smaller. */
  responses: z.enum(['stream', 'buffered'], 'expected stream or buffered').default('stream'),
  /** Of each method. */
  throttling: throttlingSchema.prefault({ ratePerSecond: 10, burst: 20 }),
  /** Takes the place of API Gateway's own address, which is then switched off. */
  domain: domainSchema.optional(),
  webAcl: resourceArn(
    'wafv2',
    'regional/webacl/.+',
    'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/name/0a1b',
  ).optional(),
  /** X-Ray, of the stage. */
  tracing: z.boolean().default(true),
  /** API Gateway's own log of failures. Its other levels hold headers and bodies, secrets included, and are not offered. */
  executionLog: z.enum(['off', 'error'], 'expected off or error').default('off'),
  /** The account-wide role with which API Gateway writes logs: `leave` it where another stack owns it. */
  logRole: z.enum(['create', 'leave'], 'expected create or leave').default('create'),
});

/** The retentions that CloudWatch Logs offers. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export const logsSchema = strictObject({
  retentionDays: z
    .int()
    .refine((days) => RETENTION_DAYS.includes(days), `CloudWatch Logs keeps ${RETENTION_DAYS.join(', ')} days`)
    .default(30),
});

export const operationsSchema = strictObject({
  /** Where `docs/operations.md` is read: alarms link to its headings. */
  runbook: z.string().min(1).default('docs/operations.md'),
  /** SNS topics that alarms tell. */
  alarmTopics: z.array(resourceArn('sns', '[\\w.-]+', 'arn:aws:sns:eu-west-1:111122223333:oncall')).default([]),
  healthEveryMinutes: z.int().min(5).max(1440).default(60),
  /** The 95th percentile of a request's duration that is still all right. */
  latencySeconds: z.number().min(1).max(MAX_TIMEOUT_SECONDS).default(60),
});

/** What the construct takes as well. */
const proxyShape = {
  api: apiSchema.prefault({}),
  grants: z.array(grantSchema).default([]),
  /** Encrypts log groups and the functions' variables. Its policy must let CloudWatch Logs use it. */
  kmsKey: resourceArn(
    'kms',
    'key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})',
    'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  ).optional(),
  /** Name of the managed policy that bounds every role, with its path. */
  permissionsBoundary: z
    .string()
    .regex(/^[\w+=,.@/-]+$/, 'expected the name of a managed policy, as in team/boundary')
    .optional(),
  logs: logsSchema.prefault({}),
  operations: operationsSchema.prefault({}),
};

const environmentsRecord = <Schema extends z.ZodType>(schema: Schema) =>
  z.record(z.string(), schema).refine((value) => Object.keys(value).length > 0, 'give at least one environment');

/** What `MwaaCliProxy` takes: the file without what the stack around it knows. */
export const proxySchema = strictObject({
  ...proxyShape,
  environments: environmentsRecord(strictObject(environmentShape)),
});

/** The whole file. Unknown keys are refused everywhere. */
export const configSchema = strictObject({
  stackName: z
    .string()
    .regex(/^[a-zA-Z][a-zA-Z0-9-]{0,99}$/, 'a stack name begins with a letter and has letters, digits and hyphens')
    .default('MwaaCliProxy'),
  region: regionName,
  /** Left out: the template fits any account. */
  account: accountId.optional(),
  tags: z.record(z.string().min(1).max(128), z.string().max(256)).default({}),
  ...proxyShape,
  environments: environmentsRecord(environmentSchema),
});
