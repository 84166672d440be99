import { z } from 'zod';
import { didYouMean } from '../airflow/nearest.ts';
import { catalogueReleases } from './catalogues.ts';
import { LIMITS } from './limits.ts';
import { LONGEST_SECONDS, ladderFaults, TIME_OUTS } from './time-outs.ts';

/** An object that refuses keys it does not know. Its message has one line per unknown key, in the order of `keys`. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map(
              (key) =>
                `unknown key.${didYouMean(key, Object.keys(shape)) || ` Known: ${Object.keys(shape).join(', ')}`}`,
            )
            .join('\n')
        : undefined,
  });
}

/** One text or a list of them, always read as a list. */
function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1, 'give at least one'))
    .meta({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] });
}

const identifier = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-z]+$`), `expected an id like ${prefix}-0abc1234`);

const account = z.string().regex(/^\d{12}$/, 'an account number has 12 digits');

/** MWAA's own rule for the names of environments; ours follow it, so that the two can be the same. */
export const ENVIRONMENT_NAME = /^[a-zA-Z][0-9a-zA-Z-_]{0,79}$/;

export const ENVIRONMENT_NAME_RULE =
  'a name begins with a letter and has at most 80 letters, digits, hyphens and underscores';

export const release = z.string().superRefine((value, context) => {
  const releases = catalogueReleases();
  if (releases.includes(value)) return;
  context.addIssue(`there is no catalogue for Airflow ${value}. There is one for: ${releases.join(', ')}`);
});

const seconds = z.int().min(1).max(LONGEST_SECONDS);

const timeOuts = strict({
  integrationSeconds: seconds.default(TIME_OUTS.integrationSeconds),
  functionSeconds: seconds.default(TIME_OUTS.functionSeconds),
  abortSeconds: seconds.default(TIME_OUTS.abortSeconds),
  postSeconds: seconds.default(TIME_OUTS.postSeconds),
  connectSeconds: seconds.default(TIME_OUTS.connectSeconds),
  tokenSeconds: seconds.default(TIME_OUTS.tokenSeconds),
  /** 0: a command that MWAA is too busy to start is answered with `airflow-busy` at once. */
  busySeconds: z.int().min(0).max(LONGEST_SECONDS).default(TIME_OUTS.busySeconds),
}).superRefine((value, context) => {
  for (const { step, message } of ladderFaults(value)) context.addIssue({ code: 'custom', path: [step], message });
});

const bytes = z
  .int()
  .min(64 * 1024)
  .max(32 * 1024 * 1024);

const limits = strict({
  answerBytes: bytes.default(LIMITS.answerBytes),
  outputBytes: bytes.default(LIMITS.outputBytes),
});

const vpc = strict({
  id: identifier('vpc'),
  subnets: z
    .array(identifier('subnet'))
    .min(1, 'give at least one subnet')
    .refine((ids) => new Set(ids).size === ids.length, 'a subnet is named twice'),
  /** Security group of the environment's web server endpoint. */
  webServerSecurityGroup: identifier('sg'),
  /** False where another team owns that group: an output then says which rule to add. */
  webServerIngress: z.boolean().default(true),
  /** The VPC's interface endpoint for `airflow.env`. Left out: it has the web server's security group. */
  airflowEndpoint: strict({ securityGroup: identifier('sg'), ingress: z.boolean().default(true) }).optional(),
});

export const environmentSchema = strict({
  airflow: release,
  /** Left out: the name under which it stands here. */
  mwaaName: z.string().regex(ENVIRONMENT_NAME, ENVIRONMENT_NAME_RULE).optional(),
  enabled: z.boolean().default(true),
  vpc,
  /** How many commands may run at once. MWAA serves about four, its own user interface included. */
  concurrency: z
    .union([z.int().min(1).max(100), z.literal('unreserved')], 'expected a number from 1 to 100, or unreserved')
    .default(2),
  /** Overrides the host that MWAA names with the token. */
  webServerHostname: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'expected a host name in lower case, without https:// and without a path')
    .optional(),
  timeouts: timeOuts.prefault({}),
  limits: limits.prefault({}),
});

/** What the sentences themselves mean is not judged here: see `GrantCheck`. */
export const grantSchema = strict({
  who: oneOrMore(z.string().min(1, 'say who')),
  where: oneOrMore(z.string().min(1, 'say where')),
  may: z.array(z.string().min(1, 'say what')).min(1, 'give at least one command'),
  enabled: z.boolean().default(true),
});

const api = strict({
  endpoint: z
    .enum(['regional', 'private'], 'expected regional')
    .refine((value) => value !== 'private', 'private is not supported yet: use regional')
    .default('regional'),
  /** Whose IAM principals may call at all. Neither given: those of the account that is deployed to. */
  callers: strict({
    organization: z
      .string()
      .regex(/^o-[a-z0-9]{10,32}$/, 'expected an organisation id like o-a1b2c3d4e5')
      .optional(),
    accounts: z.array(account).min(1, 'give at least one account, or leave accounts out').optional(),
  }).prefault({}),
  stageName: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,128}$/, 'a stage name has at most 128 letters, digits, hyphens and underscores')
    // API Gateway's name for the console's test button, whose requests carry no verified caller.
    .refine((value) => value !== 'test-invoke-stage', 'test-invoke-stage is reserved by API Gateway')
    .default('v1'),
  oidc: z.undefined('OIDC callers are not supported yet: remove api.oidc').optional(),
});

/** The whole file. Unknown keys are refused everywhere. */
export const configSchema = strict({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'expected a region like ap-southeast-2'),
  /** Left out: the template fits any account. */
  account: account.optional(),
  api: api.prefault({}),
  environments: z
    .record(z.string(), environmentSchema)
    .refine((value) => Object.keys(value).length > 0, 'give at least one environment'),
  grants: z.array(grantSchema).default([]),
});
