import { z } from 'zod';
import { apiSchema } from './api-schema.ts';
import { deploymentSchema, roleArn } from './deployment-schema.ts';
import { environmentSchema, environmentShape } from './environment-schema.ts';
import { declaredName, eventSchema } from './event-schema.ts';
import { accountId, regionName, resourceArnSchema, strictObject, stringOrList } from './schema-types.ts';
import { MAX_TIMEOUT_SECONDS } from './timeouts.ts';

/** A grant. `checkGrants` checks what its callers and rules mean. */
export const grantSchema = strictObject({
  who: stringOrList(z.string().min(1, 'name a caller: an IAM ARN, or oidc:CLAIM=VALUE')),
  where: stringOrList(z.string().min(1, 'name an environment, or "*" for all')),
  may: z
    .array(z.string().min(1, 'name a command, like dags list, or a set, like "@read"'))
    .min(1, 'list at least one command or set'),
  enabled: z.boolean().default(true),
});

/** The retentions that CloudWatch Logs offers, in days. */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const logsSchema = strictObject({
  retentionDays: z
    .int()
    .refine((days) => RETENTION_DAYS.includes(days), {
      error: ({ input }) => `CloudWatch Logs does not offer ${input} days. Choose one of: ${RETENTION_DAYS.join(', ')}`,
    })
    // The log still shows what happened a year ago. CloudWatch Logs offers 400 days, the next value after 365.
    .default(400),
});

const operationsSchema = strictObject({
  /** The URL at which your team reads `docs/operations.md`. Alarms link to its headings. */
  runbook: z.string().min(1).default('docs/operations.md'),
  /** The SNS topics that alarms notify. With an empty list, they notify nobody. */
  alarmTopics: z.array(resourceArnSchema('sns', '[\\w.-]+', 'arn:aws:sns:eu-west-1:111122223333:oncall')).default([]),
  healthEveryMinutes: z.int().min(5).max(1440).default(60),
  /** The threshold of the latency alarm: the 95th percentile of the request duration. */
  latencySeconds: z.number().min(1).max(MAX_TIMEOUT_SECONDS).default(60),
  /** The roles that may send the events in a dead-letter queue again, as `mwaa redrive` does. Nobody else can put events in the queues. */
  redriveRoles: z.array(roleArn).max(8, 'list at most eight roles. A * in a name matches any characters').default([]),
});

/** The sections that the file and the props of the construct have in common. */
const proxyShape = {
  api: apiSchema.prefault({}),
  grants: z.array(grantSchema).default([]),
  /** Events that run commands, by the name of their caller: `event:NAME`. */
  events: z.record(declaredName, eventSchema).default({}),
  /** Deployments that run commands, by the name of their caller: `deployment:NAME`. */
  deployments: z.record(declaredName, deploymentSchema).default({}),
  /** The concurrency that Lambda allows the account in the region. With it, synthesis checks what the functions reserve. */
  accountConcurrency: z.int().min(1).optional(),
  /** Encrypts the log groups and the variables of the functions. Its policy must allow CloudWatch Logs and Lambda to use it. */
  kmsKey: resourceArnSchema(
    'kms',
    'key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})',
    'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  ).optional(),
  /** The name of the managed policy that is the permissions boundary of every role, including its path. */
  permissionsBoundary: z
    .string()
    .regex(/^(?:[\w+=,.@-]+\/)*[\w+=,.@-]+$/, 'expected the name of a managed policy, like team/boundary')
    .optional(),
  /**
   * Who else may invoke the functions. `exclusive`: nobody. Use `permissions` in regions without the resource type
   * `AWS::Lambda::ResourcePolicy`: everybody in the account whose own policy allows it, who can then claim to be any caller.
   */
  functionPolicies: z.enum(['exclusive', 'permissions'], 'expected exclusive or permissions').default('exclusive'),
  logs: logsSchema.prefault({}),
  operations: operationsSchema.prefault({}),
};

/**
 * The characters that IAM accepts in tags. It is the strictest of the services whose resources are tagged.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
 */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;
const TAG_KEY = /^(?![aA][wW][sS]:)[\p{L}\p{Z}\p{N}_.:/=+@-]*$/u;
const TAG_MESSAGE = 'expected letters, digits, spaces, and _.:/=+-@, and a key that does not begin with aws:';
const MAX_TAGS = 50;

const createEnvironmentsSchema = <Schema extends z.ZodType>(schema: Schema) =>
  z.record(z.string(), schema).refine((value) => Object.keys(value).length > 0, 'list at least one environment');

/** The props of `MwaaCliProxy`: the file without the settings that the stack of the construct defines. */
export const proxySchema = strictObject({
  ...proxyShape,
  environments: createEnvironmentsSchema(strictObject(environmentShape)),
});

/** The configuration file. Unknown keys are rejected everywhere. */
export const configSchema = strictObject({
  stackName: z
    .string()
    .regex(
      /^[a-zA-Z][a-zA-Z0-9-]{0,99}$/,
      'a stack name must begin with a letter and have at most 100 letters, digits, and hyphens',
    )
    .default('MwaaCliProxy'),
  region: regionName,
  /** Default: the account that the CDK CLI deploys to. */
  account: accountId.optional(),
  tags: z
    .record(z.string().min(1).max(128).regex(TAG_KEY, TAG_MESSAGE), z.string().max(256).regex(TAG_TEXT, TAG_MESSAGE))
    .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `a resource can have at most ${MAX_TAGS} tags`)
    .default({}),
  ...proxyShape,
  environments: createEnvironmentsSchema(environmentSchema),
});
