import { z } from 'zod';
import { UsageFault } from '../../terminal.ts';
import { type Answers, endpointAnswer, environmentAnswer, subnetAnswer } from './answers.ts';

interface Shape {
  /** The member by which it is known. */
  readonly member: string;
  readonly command: string;
  readonly schema: z.ZodType<Partial<Answers>>;
}

/** What is read, as the AWS CLI prints it. */
const SHAPES: readonly Shape[] = [
  {
    member: 'Environment',
    command: 'aws mwaa get-environment --name NAME',
    schema: z
      .object({ Environment: environmentAnswer })
      .transform(({ Environment }) => ({ environments: [Environment] })),
  },
  {
    member: 'Subnets',
    command: 'aws ec2 describe-subnets',
    schema: z.object({ Subnets: z.array(subnetAnswer) }).transform(({ Subnets }) => ({ subnets: Subnets })),
  },
  {
    member: 'VpcEndpoints',
    command: 'aws ec2 describe-vpc-endpoints',
    schema: z
      .object({ VpcEndpoints: z.array(endpointAnswer) })
      .transform(({ VpcEndpoints }) => ({ endpoints: VpcEndpoints })),
  },
];

const EXPECTED = SHAPES.map(({ member, command }) => `"${member}" (${command})`).join(', ');

/** The text of a file, with its name for complaints. */
export interface SavedText {
  readonly name: string;
  readonly text: string;
}

/**
 * Answers that somebody saved, in any order and number. An environment that is there twice counts once.
 *
 * @throws UsageFault that names the file
 */
export function savedAnswers(files: readonly SavedText[]): Answers {
  const parts = files.flatMap(({ name, text }) => documents(name, text).map((value) => recognise(name, value)));
  const environments = new Map(parts.flatMap((part) => part.environments ?? []).map((one) => [one.Arn, one]));
  const told = parts.flatMap((part) => part.endpoints ?? []);
  return {
    environments: [...environments.values()],
    subnets: parts.flatMap((part) => part.subnets ?? []),
    endpoints: parts.some((part) => part.endpoints) ? told : undefined,
  };
}

/** One answer or several, one after the other as a loop in a shell writes them, or in a list. */
function documents(name: string, text: string): unknown[] {
  try {
    // Within one answer of the AWS CLI no line begins with a brace that opens.
    return text.split(/\n(?=[{[])/).flatMap((one) => JSON.parse(one) as unknown);
  } catch (cause) {
    const hint = 'Save the answers with --output json.';
    throw new UsageFault(`${name} is not JSON: ${(cause as Error).message}. ${hint}`, { cause });
  }
}

function recognise(name: string, value: unknown): Partial<Answers> {
  const has = (member: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, member);
  const shape = SHAPES.find(({ member }) => has(member));
  if (shape === undefined) {
    const only = has('Environments') ? 'has only the names of environments' : 'is no answer that is read here';
    throw new UsageFault(`${name} ${only}. Expected: JSON with ${EXPECTED}.`);
  }
  const parsed = shape.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${name}: ${path.join('.')}: ${message}`);
  throw new UsageFault(`${faults.join('\n')}\nExpected: what ${shape.command} prints, unchanged.`, {
    cause: parsed.error,
  });
}
