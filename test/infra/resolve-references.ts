import type { SynthesizedStack, TemplateResource } from './synthesize-config.ts';

export const TEST_ACCOUNT = '111122223333';
export const TEST_REGION = 'ap-southeast-2';

/** The ARN of a resource after its deployment, by type. */
const ARNS: Readonly<Record<string, (name: string, resource: TemplateResource) => string>> = {
  'AWS::Lambda::Function': (name, { Properties }) =>
    `arn:aws:lambda:${TEST_REGION}:${TEST_ACCOUNT}:function:${Properties.FunctionName ?? name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${TEST_ACCOUNT}:role/${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:${TEST_REGION}:${TEST_ACCOUNT}:rule/${name}`,
  'AWS::SQS::Queue': (_name, { Properties }) => `arn:aws:sqs:${TEST_REGION}:${TEST_ACCOUNT}:${Properties.QueueName}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${TEST_REGION}:${TEST_ACCOUNT}:log-group:${name}:*`,
};

/**
 * Replaces references in a part of a template with what they are after the deployment: ARNs of this account and region. `Ref` becomes
 * the logical ID without characters that names cannot contain.
 */
export function resolveReferences<Value = unknown>({ resources }: SynthesizedStack, value: unknown): Value {
  const arns = new Map(
    Object.entries(ARNS).flatMap(([type, format]) =>
      resources(type).map((resource): [string, string] => [resource.id, format(toName(resource.id), resource)]),
    ),
  );
  const resolve = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(resolve);
    if (typeof part !== 'object' || part === null) return part;
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = part as Record<string, unknown>;
    if (typeof Ref === 'string') return Ref === 'AWS::Partition' ? 'aws' : toName(Ref);
    if (Array.isArray(attribute)) {
      const arn = attribute[1] === 'Arn' ? arns.get(attribute[0]) : undefined;
      if (arn === undefined) throw new Error(`${attribute.join('.')} cannot be resolved.`);
      return arn;
    }
    if (Array.isArray(join)) return (resolve(join[1]) as string[]).join(join[0]);
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, resolve(inner)]));
  };
  return resolve(value) as Value;
}

const toName = (id: string): string => id.replaceAll('.', '-');
