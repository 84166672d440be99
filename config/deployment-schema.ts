import { z } from 'zod';
import { resourceArnSchema, strictObject } from './schema-types.ts';

/** The ARN of a role. `*` in its name matches any characters. Not all roles of an account: anybody in it could deploy. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[\w-]*:iam::\d{12}:role\/(?![*/]+$)[\w+=,.@*/-]+$/,
    'expected the ARN of a role, and not of all roles, like arn:aws:iam::111122223333:role/deploy-airflow-settings',
  );

/** The ARN of a secret or a parameter. Secrets Manager adds a hyphen and six characters to the name of a secret. */
const secretArn = z
  .string()
  .regex(
    /^arn:aws[\w-]*:(?:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@*?-]+|ssm:[\w-]+:\d{12}:parameter\/[\w/.*?-]+)$/,
    'expected the ARN of a secret or a parameter, like arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/warehouse-??????',
  );

/** A deployment that runs commands: the caller `deployment:NAME`. */
export const deploymentSchema = strictObject({
  enabled: z.boolean().default(true),
  /** The roles that CloudFormation has when it deploys the stacks. Only they may run commands as this caller. */
  roles: z.array(roleArn).min(1, 'list at least one role'),
  /** The secrets of Secrets Manager and the parameters of SSM that commands may contain. `*` and `?` match any characters. */
  secrets: z.array(secretArn).default([]),
  /** The KMS keys of these secrets, unless AWS manages them. */
  secretKeys: z
    .array(
      resourceArnSchema(
        'kms',
        'key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})',
        'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      ),
    )
    .default([]),
  /** How many requests of deployments run at the same time. With 1, a repeat waits for the first. */
  concurrency: z.union([z.literal(1), z.literal('unreserved')], 'expected 1 or unreserved').default(1),
});
