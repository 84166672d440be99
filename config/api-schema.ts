import { z } from 'zod';
import {
  accountId,
  concurrencySchema,
  hostname,
  httpsUrl,
  patternOrToken,
  resourceArnSchema,
  resourceIdSchema,
  strictObject,
  stringOrList,
  subnets,
  throttlingSchema,
  vpcCidrs,
} from './schema-types.ts';
import { INTEGRATION_SECONDS } from './timeouts.ts';

const PRINCIPAL_ARN_PATTERN = String.raw`arn:aws[\w-]*:(?:iam::\d{12}:(?:root|(?:role|user)/[\w+=,.@*?/-]+)|sts::\d{12}:federated-user/[\w+=,.@*?-]+)`;

const callersSchema = strictObject({
  organization: patternOrToken('o-[a-z0-9]{10,32}', 'expected an organization ID like o-a1b2c3d4e5').optional(),
  accounts: z.array(accountId).min(1, 'list at least one account, or remove accounts').optional(),
  /** Roles and users by ARN, including the path. `*` matches any characters. */
  principals: z
    .array(
      patternOrToken(
        PRINCIPAL_ARN_PATTERN,
        'expected the ARN of a role or user, like arn:aws:iam::111122223333:role/NAME',
      ),
    )
    .min(1, 'list at least one principal, or remove principals')
    .optional(),
  /** For a private API: the endpoints through which requests may arrive. Default: those of `vpcEndpoint`. */
  vpcEndpoints: z
    .array(resourceIdSchema('vpce'))
    .min(1, 'list at least one endpoint, or remove vpcEndpoints')
    .optional(),
});

const claimValuesSchema = z.union(
  [z.string().min(1), z.array(z.string().min(1)).min(1)],
  'expected the required value of the claim, or a list of allowed values',
);

const oidcSchema = strictObject({
  /** The value of the claim `iss` in the tokens, compared exactly. */
  issuer: httpsUrl,
  audience: stringOrList(z.string().min(1)),
  /** Default: `/.well-known/jwks.json` below the issuer. */
  jwksUri: httpsUrl.optional(),
  requiredClaims: z
    .record(z.string().min(1), claimValuesSchema)
    .refine(
      (claims) => Object.keys(claims).length > 0,
      'list at least one claim that only your callers have, like { org: data }. Otherwise, every user of a public issuer is accepted',
    ),
  /** How long API Gateway caches the result of the authorizer. */
  cacheSeconds: z.int().min(0).max(3600).default(60),
  /** How many tokens the authorizer checks at the same time. A flood of invalid tokens cannot use more of the account's concurrency. */
  concurrency: concurrencySchema.default(10),
});

const domainSchema = strictObject({
  name: hostname,
  certificate: resourceArnSchema('acm', 'certificate/.+', 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b'),
  /** The first segment of the path. Default: none. */
  basePath: z
    .string()
    .regex(/^[\w.-]{1,300}$/, 'expected one path segment without slashes, like airflow')
    .optional(),
});

const executeApiEndpointSchema = strictObject({
  ids: z.array(resourceIdSchema('vpce')).min(1, 'list at least one endpoint').optional(),
  create: strictObject({
    id: resourceIdSchema('vpc'),
    subnets,
    cidrs: vpcCidrs,
    /** With true, the names of all APIs resolve to this endpoint in the whole VPC, and public APIs cannot be called from it. */
    privateDns: z.boolean().default(false),
  }).optional(),
}).refine(
  ({ ids, create }) => (ids === undefined) !== (create === undefined),
  'set either ids, to use existing execute-api endpoints, or create',
);

export const apiSchema = strictObject({
  endpoint: z.enum(['regional', 'private'], 'expected regional or private').default('regional'),
  /** For a private API: the `execute-api` endpoints through which callers reach it. */
  vpcEndpoint: executeApiEndpointSchema.optional(),
  /**
   * The IAM principals that may call the API. Default: the callers that grants name. Callers that are not named are explicitly
   * denied, including those of the API's own account.
   */
  callers: callersSchema.prefault({}),
  stageName: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,128}$/, 'expected at most 128 letters, digits, hyphens, and underscores')
    // The stage of test invocations in the console. Their requests contain an unverified caller.
    .refine((value) => value !== 'test-invoke-stage', 'API Gateway reserves test-invoke-stage. Choose another name')
    .default('v1'),
  oidc: oidcSchema.optional(),
  /** Use `buffered` in regions without response streaming. Timeouts and responses are then much smaller. */
  responses: z.enum(['stream', 'buffered'], 'expected stream or buffered').default('stream'),
  /** How long API Gateway waits for a response. Default: 290 for streamed responses, 29 for buffered ones. */
  integrationSeconds: z.int().min(10).max(INTEGRATION_SECONDS.stream).optional(),
  /** Applies to each method. */
  throttling: throttlingSchema.prefault({ ratePerSecond: 10, burst: 200 }),
  /** Replaces API Gateway's default URL, which is then disabled. */
  domain: domainSchema.optional(),
  webAcl: resourceArnSchema(
    'wafv2',
    'regional/webacl/.+',
    'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/name/0a1b',
  ).optional(),
  /** Enables X-Ray tracing of the stage. */
  tracing: z.boolean().default(true),
  /** API Gateway's execution log, for errors only: the other levels log headers and bodies, including secrets. */
  executionLog: z.enum(['off', 'error'], 'expected off or error').default('off'),
  /**
   * The role with which API Gateway writes logs. An account has one per region, so `create` replaces a role that another stack has
   * set. Without any role, stages with an access log cannot be created.
   */
  logRole: z.enum(['create', 'leave'], 'expected create or leave').default('leave'),
});
