import { z } from 'zod';
import { strictObject } from './schema-types.ts';

/** The ARN of a role. `*` in its name matches any characters. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@*/-]+$/,
    'expected the ARN of a role, like arn:aws:iam::111122223333:role/deploy-airflow-settings',
  );

/** A deployment that runs commands: the caller `deployment:NAME`. */
export const deploymentSchema = strictObject({
  enabled: z.boolean().default(true),
  /** The roles that CloudFormation has when it deploys the stacks. Only they may run commands as this caller. */
  roles: z.array(roleArn).min(1, 'list at least one role'),
});
