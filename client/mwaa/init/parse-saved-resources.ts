import { z } from 'zod';
import { UsageError } from '../../terminal.ts';
import {
  type AwsResources,
  accountLimitSchema,
  apiGatewayAccountSchema,
  mwaaEnvironmentSchema,
  subnetSchema,
  vpcEndpointSchema,
} from './aws-resources.ts';

interface SavedOutputShape {
  /** The member that identifies this output. */
  readonly member: string;
  readonly command: string;
  readonly schema: z.ZodType<Partial<AwsResources>>;
}

/** The output of the AWS CLI that can be read. */
const SAVED_OUTPUT_SHAPES: readonly SavedOutputShape[] = [
  {
    member: 'Environment',
    command: 'aws mwaa get-environment --name NAME',
    schema: z
      .object({ Environment: mwaaEnvironmentSchema })
      .transform(({ Environment }) => ({ environments: [Environment] })),
  },
  {
    member: 'Subnets',
    command: 'aws ec2 describe-subnets',
    schema: z.object({ Subnets: z.array(subnetSchema) }).transform(({ Subnets }) => ({ subnets: Subnets })),
  },
  {
    member: 'VpcEndpoints',
    command: 'aws ec2 describe-vpc-endpoints',
    schema: z
      .object({ VpcEndpoints: z.array(vpcEndpointSchema) })
      .transform(({ VpcEndpoints }) => ({ endpoints: VpcEndpoints })),
  },
  {
    member: 'AccountLimit',
    command: 'aws lambda get-account-settings',
    schema: z
      .object({ AccountLimit: accountLimitSchema })
      .transform(({ AccountLimit }) => ({ accountLimit: AccountLimit })),
  },
  {
    // `cloudwatchRoleArn` is missing if no role is set.
    member: 'throttleSettings',
    command: 'aws apigateway get-account',
    schema: apiGatewayAccountSchema.transform((account) => ({ apiGatewayAccount: account })),
  },
];

const EXPECTED_MEMBERS = SAVED_OUTPUT_SHAPES.map(({ member, command }) => `"${member}" (${command})`).join(', ');

/** The text of a file, and its name for error messages. */
export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Parses saved output of the AWS CLI, in any order. Environments that occur several times count once.
 *
 * @throws UsageError with the name of the file
 */
export function parseSavedResources(files: readonly SavedFile[]): AwsResources {
  const parts = files.flatMap(({ name, text }) =>
    parseJsonDocuments(name, text).map((value) => parseSavedOutput(name, value)),
  );
  const environments = parts.flatMap((part) => part.environments ?? []);
  return {
    environments: [...new Map(environments.map((environment) => [environment.Arn, environment])).values()],
    subnets: parts.flatMap((part) => part.subnets ?? []),
    endpoints: parts.some(({ endpoints }) => endpoints) ? parts.flatMap((part) => part.endpoints ?? []) : undefined,
    accountLimit: parts.findLast(({ accountLimit }) => accountLimit)?.accountLimit,
    apiGatewayAccount: parts.findLast(({ apiGatewayAccount }) => apiGatewayAccount)?.apiGatewayAccount,
  };
}

/** Parses one JSON document, several after each other, as a shell loop writes them, or a list of them. */
function parseJsonDocuments(name: string, text: string): unknown[] {
  try {
    // In the output of the AWS CLI, only the first line of a document starts with a bracket.
    return text.split(/\n(?=[{[])/).flatMap((document) => JSON.parse(document) as unknown);
  } catch (cause) {
    throw new UsageError(`${name} is not JSON: ${(cause as Error).message}. Save the output with --output json.`, {
      cause,
    });
  }
}

function parseSavedOutput(name: string, value: unknown): Partial<AwsResources> {
  const has = (member: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, member);
  const shape = SAVED_OUTPUT_SHAPES.find(({ member }) => has(member));
  if (shape === undefined) {
    const finding = has('Environments')
      ? 'contains only the names of environments'
      : 'is not an output that can be used';
    throw new UsageError(`${name} ${finding}. Expected JSON with ${EXPECTED_MEMBERS}.`);
  }
  const parsed = shape.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`);
  throw new UsageError(`${issues.join('; ')}. Expected the unchanged output of: ${shape.command}`, {
    cause: parsed.error,
  });
}
