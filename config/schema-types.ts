import { z } from 'zod';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { CDK_TOKEN_PATTERN } from './cdk-token.ts';
import { describeRemovedKey } from './removed-keys.ts';

/** An object that rejects unknown keys. The message has one line per unknown key, in the order of `issue.keys`. */
export function strictObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const knownKeys = Object.keys(shape);
  const describeUnknownKey = (path: readonly PropertyKey[], key: string) =>
    describeRemovedKey([...path, key]) ??
    `unknown key.${formatDidYouMean(key, knownKeys) || ` Known keys: ${knownKeys.join(', ')}`}`;
  return z.strictObject(shape, {
    error: ({ code, keys, path = [] }) =>
      code === 'unrecognized_keys'
        ? (keys as string[]).map((key) => describeUnknownKey(path, key)).join('\n')
        : undefined,
  });
}

/** A string or a list of strings. The output is always a list. */
export function stringOrList(item: z.ZodType<string>, emptyMessage = 'list at least one value') {
  const list = z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).min(1, emptyMessage))
    .meta({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }] });
  return list as unknown as z.ZodType<string[], string | readonly string[]>;
}

/** A string that matches a pattern, or a CDK token. The JSON Schema shows the pattern only. */
export const patternOrToken = (pattern: string, message: string) =>
  z
    .string()
    .regex(new RegExp(`^(?:${pattern}|${CDK_TOKEN_PATTERN})$`), message)
    .meta({ pattern: `^${pattern}$` });

/** The name of a value that another stack exports. */
const exportReference = strictObject({
  export: z.string().regex(/^[\w:-]{1,255}$/, 'expected the name of a CloudFormation export, like network:VpcId'),
});

/** The ID of an existing resource, or the name of the export that contains it. */
export const resourceIdSchema = (prefix: string) => {
  const message = `expected an ID like ${prefix}-0abc1234, or { export: NAME }`;
  return z.union([patternOrToken(`${prefix}-[0-9a-z]+`, message), exportReference], message);
};

export const accountId = patternOrToken(String.raw`\d{12}`, 'expected an AWS account ID, which has 12 digits');

export const regionName = z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d+$/, 'expected a region like ap-southeast-2');

export const resourceArnSchema = (service: string, resource: string, example: string) =>
  patternOrToken(String.raw`arn:aws[\w-]*:${service}:[\w-]*:\d{12}:${resource}`, `expected an ARN like ${example}`);

export const hostname = z
  .string()
  .regex(
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
    'expected a lowercase host name like airflow.example.com, without https:// and without a path',
  );

export const httpsUrl = z.string().regex(/^https:\/\/[^\s/?#]+[^\s?#]*$/, 'expected a URL that begins with https://');

const cidr = patternOrToken(
  String.raw`(?:\d{1,3}\.){3}\d{1,3}/(?:[89]|[12]\d|3[0-2])`,
  'expected a CIDR block like 10.0.0.0/16',
);

export const vpcCidrs = z.array(cidr).min(1, 'list the CIDR blocks of the VPC');

export const subnets = z
  .array(resourceIdSchema('subnet'))
  .min(1, 'list at least one subnet')
  .refine((ids) => new Set(ids.map((id) => JSON.stringify(id))).size === ids.length, 'list each subnet only once');

/** The reserved concurrency of a function. */
export const concurrencySchema = z.union(
  [z.int().min(1).max(100), z.literal('unreserved')],
  'expected an integer from 1 to 100, or unreserved',
);

/** A request rate that API Gateway enforces. */
export const throttlingSchema = strictObject({
  ratePerSecond: z.number().min(0.1).max(10_000),
  burst: z.int().min(1).max(5_000),
});
