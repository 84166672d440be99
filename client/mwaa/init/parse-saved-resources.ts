import { z } from 'zod';
import { UsageError } from '../../terminal.ts';
import { type AwsResources, mwaaEnvironmentSchema, subnetSchema, vpcEndpointSchema } from './aws-resources.ts';

interface SavedOutputShape {
  /** The member by which it is known. */
  readonly member: string;
  readonly command: string;
  readonly schema: z.ZodType<Partial<AwsResources>>;
}

/** What is read, as the AWS CLI prints it. */
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
];

const EXPECTED_MEMBERS = SAVED_OUTPUT_SHAPES.map(({ member, command }) => `"${member}" (${command})`).join(', ');

/** The text of a file, with its name for complaints. */
export interface SavedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Answers that somebody saved, in any order and number. An environment that is there twice counts once.
 *
 * @throws UsageError that names the file
 */
export function parseSavedResources(files: readonly SavedFile[]): AwsResources {
  const parts = files.flatMap(({ name, text }) =>
    parseJsonDocuments(name, text).map((value) => parseSavedOutput(name, value)),
  );
  const environments = new Map(parts.flatMap((part) => part.environments ?? []).map((one) => [one.Arn, one]));
  const told = parts.flatMap((part) => part.endpoints ?? []);
  return {
    environments: [...environments.values()],
    subnets: parts.flatMap((part) => part.subnets ?? []),
    endpoints: parts.some((part) => part.endpoints) ? told : undefined,
  };
}

/** One answer or several, one after the other as a loop in a shell writes them, or in a list. */
function parseJsonDocuments(name: string, text: string): unknown[] {
  try {
    // Within one answer of the AWS CLI no line begins with a brace that opens.
    return text.split(/\n(?=[{[])/).flatMap((one) => JSON.parse(one) as unknown);
  } catch (cause) {
    const hint = 'Save the answers with --output json.';
    throw new UsageError(`${name} is not JSON: ${(cause as Error).message}. ${hint}`, { cause });
  }
}

function parseSavedOutput(name: string, value: unknown): Partial<AwsResources> {
  const has = (member: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, member);
  const shape = SAVED_OUTPUT_SHAPES.find(({ member }) => has(member));
  if (shape === undefined) {
    const only = has('Environments') ? 'has only the names of environments' : 'is no answer that is read here';
    throw new UsageError(`${name} ${only}. Expected: JSON with ${EXPECTED_MEMBERS}.`);
  }
  const parsed = shape.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`);
  throw new UsageError(`${faults.join('\n')}\nExpected: what ${shape.command} prints, unchanged.`, {
    cause: parsed.error,
  });
}
