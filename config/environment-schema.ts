import { z } from 'zod';
import { AIRFLOW_ROLES } from '../airflow/rest/airflow-role.ts';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from './environment-name.ts';
import { BUFFERED_LIMITS, DEFAULT_LIMITS } from './limits.ts';
import {
  accountId,
  concurrencySchema,
  hostname,
  regionName,
  resourceIdSchema,
  strictObject,
  subnets,
  vpcCidrs,
} from './schema-types.ts';
import { isSharedDomain } from './shared-domain.ts';
import { BUFFERED_TIMEOUTS, DEFAULT_TIMEOUTS, MAX_TIMEOUT_SECONDS } from './timeouts.ts';

/** An Airflow release such as `2.10.3`. `findUnknownReleases` checks that it is supported. */
export const releaseSchema = z.string();

/** Shows a default in the JSON Schema. The value is filled in later, because it depends on `api.responses`. */
const withShownDefault = <Schema extends z.ZodType>(schema: Schema, streamed: number, buffered: number) =>
  schema.optional().meta({
    default: streamed,
    ...(buffered === streamed ? {} : { description: `${buffered} with api.responses: buffered` }),
  });

const timeoutSeconds = z.int().min(1).max(MAX_TIMEOUT_SECONDS);
const createTimeoutSchema = (name: keyof typeof DEFAULT_TIMEOUTS, schema: z.ZodInt = timeoutSeconds) =>
  withShownDefault(schema, DEFAULT_TIMEOUTS[name], BUFFERED_TIMEOUTS[name]);

const timeoutsSchema = strictObject({
  /** The default of `Prefer: wait`. With 0, a request is rejected at once if all slots are taken. */
  queueSeconds: createTimeoutSchema('queueSeconds', z.int().min(0).max(MAX_TIMEOUT_SECONDS)),
  functionSeconds: createTimeoutSchema('functionSeconds'),
  abortSeconds: createTimeoutSchema('abortSeconds'),
  postSeconds: createTimeoutSchema('postSeconds'),
  connectSeconds: createTimeoutSchema('connectSeconds'),
  tokenSeconds: createTimeoutSchema('tokenSeconds'),
  /** With 0, the relay returns `airflow-busy` immediately if MWAA is too busy to start a command. */
  busySeconds: createTimeoutSchema('busySeconds', z.int().min(0).max(MAX_TIMEOUT_SECONDS)),
});

const MIN_LIMIT_BYTES = 64 * 1024;
const MAX_LIMIT_BYTES = 32 * 1024 * 1024;

const createLimitSchema = (name: keyof typeof DEFAULT_LIMITS) =>
  withShownDefault(z.int().min(MIN_LIMIT_BYTES).max(MAX_LIMIT_BYTES), DEFAULT_LIMITS[name], BUFFERED_LIMITS[name]);

const limitsSchema = strictObject({
  answerBytes: createLimitSchema('answerBytes'),
  outputBytes: createLimitSchema('outputBytes'),
});

const airflowEndpointSchema = strictObject({
  securityGroup: resourceIdSchema('sg').optional(),
  /** Use false if another team manages that security group: a stack output then names the rule to add. */
  ingress: z.boolean().default(true),
  /** Creates the endpoint, open to these CIDR blocks, because its private DNS name applies to the whole VPC. */
  create: strictObject({ cidrs: vpcCidrs }).optional(),
}).refine(
  ({ securityGroup, create }) => (securityGroup === undefined) !== (create === undefined),
  'set either securityGroup, to use an existing endpoint, or create',
);

const vpcSchema = strictObject({
  id: resourceIdSchema('vpc'),
  subnets,
  /** The security group of the environment's web server endpoint. */
  webServerSecurityGroup: resourceIdSchema('sg'),
  /** Use false if another team manages that security group: a stack output then names the rule to add. */
  webServerIngress: z.boolean().default(true),
  /**
   * The VPC's interface endpoint for `airflow.env`. Default: the endpoint that another environment creates in the same VPC, or an
   * existing endpoint that has the security group of the web server.
   */
  airflowEndpoint: airflowEndpointSchema.optional(),
});

/** The relay sends tokens to every host in the domain. */
const webServerDomain = hostname.refine((domain) => !isSharedDomain(domain), {
  message:
    "everyone can get a name in this domain, and the proxy would send tokens to it. Write a domain of your own. MWAA's hosts need no entry",
});

/** MWAA runs about four commands at the same time. One remains for people. */
const MAX_EVENT_CONCURRENCY = 3;

/** The settings of an environment that do not depend on where it is deployed. */
export const environmentShape = {
  airflow: releaseSchema,
  /** Default: the name of the environment in this file. */
  mwaaName: z.string().regex(ENVIRONMENT_NAME_PATTERN, ENVIRONMENT_NAME_MESSAGE).optional(),
  enabled: z.boolean().default(true),
  vpc: vpcSchema,
  /** How many commands may run at the same time. MWAA runs about four, including those of its own user interface. */
  concurrency: concurrencySchema.default(2),
  /** How many commands of events may run at the same time, besides the others. Reserved only if an event has this environment. */
  eventConcurrency: z
    .union(
      [z.int().min(1).max(MAX_EVENT_CONCURRENCY), z.literal('unreserved')],
      `expected an integer from 1 to ${MAX_EVENT_CONCURRENCY}, or unreserved`,
    )
    .default(1),
  /** Offers Airflow's REST API at `/environments/NAME/api/`. Requires Airflow 2.4.3 or newer. */
  rest: z.boolean().default(false),
  /** How many requests for the REST API may run at the same time, besides the commands. */
  restConcurrency: concurrencySchema.default(10),
  /**
   * The Airflow role of requests for the REST API. Default: the least role that the rules of this environment need. With `Public`, give
   * the user that MWAA creates a role of your own in Airflow.
   */
  restRole: z
    .enum(AIRFLOW_ROLES, `expected ${AIRFLOW_ROLES.slice(0, -1).join(', ')}, or ${AIRFLOW_ROLES.at(-1)}`)
    .optional(),
  /** Whether the note of a run names the caller who triggered it with the REST API. */
  restNotes: z.boolean().default(true),
  /** Overrides the host that MWAA returns with the token. */
  webServerHostname: hostname.optional(),
  /** Further domains, such as `airflow.example.com`, of the host that MWAA may return with the token. */
  webServerDomains: z.array(webServerDomain).default([]),
  timeouts: timeoutsSchema.prefault({}),
  limits: limitsSchema.prefault({}),
};

/** An environment in the file, which may be in another account or region than the file's. */
export const environmentSchema = strictObject({
  ...environmentShape,
  account: accountId.optional(),
  region: regionName.optional(),
});
