/**
 * Replaces nested stacks (`AWS::CloudFormation::Stack`) by their resources, so that the gateway reads a single template. Parameters
 * are replaced by the values that the parent passes, references to outputs by the outputs' values, and a dependency on a nested
 * stack by dependencies on all its resources (documented: CloudFormation, "Nested stacks").
 */
import type { RawResource, RawTemplate } from './raw-template.ts';
import { createRejectResource, rejectTemplate } from './unsupported-template.ts';

const NESTED_STACK_TYPE = 'AWS::CloudFormation::Stack';
/** The attributes that a nested stack may have. */
const NESTED_STACK_ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/**
 * Returns the template without nested stacks.
 *
 * @param readNestedTemplate returns the template at a `TemplateURL`, or undefined if the assembly does not contain it
 * @throws UnsupportedTemplateError for features of nested stacks that the gateway does not support
 */
export function flattenStacks(
  template: RawTemplate,
  readNestedTemplate: (url: unknown) => RawTemplate | undefined,
): RawTemplate {
  const nestedStacks = new Map<string, RawTemplate>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type !== NESTED_STACK_TYPE) continue;
    const { TemplateURL, Parameters = {}, ...others } = resource.Properties ?? {};
    const reject = createRejectResource({ logicalId: id, type: NESTED_STACK_TYPE });
    const [unknown] = [
      ...Object.keys(others),
      ...Object.keys(resource).filter((name) => !NESTED_STACK_ATTRIBUTES.has(name)),
    ];
    if (unknown !== undefined) reject(`${unknown} is not supported`);
    const nested = readNestedTemplate(TemplateURL) ?? reject('its template is not an asset of this assembly');
    const flattened = flattenStacks(nested, readNestedTemplate);
    const inlined = inlineNestedStack(flattened, id, Parameters as Record<string, unknown>);
    nestedStacks.set(id, addDependencies(inlined, resource.DependsOn));
  }
  if (nestedStacks.size === 0) return template;

  const getOutputValue = (id: string, attribute: string): unknown => {
    const output = nestedStacks.get(id)?.Outputs?.[attribute.replace(/^Outputs\./, '')];
    return output === undefined
      ? rejectTemplate(`Fn::GetAtt ${id}.${attribute}: the nested stack has no such output`)
      : output.Value;
  };
  const listResourceIds = (id: string): string[] => Object.keys(nestedStacks.get(id)?.Resources ?? { [id]: undefined });
  const replaceOutputs = (value: unknown): unknown =>
    rewriteIntrinsics(value, (name, argument) => {
      if (name === 'Fn::GetAtt') {
        const [id = '', attribute = ''] = splitAttribute(argument);
        if (nestedStacks.has(id)) return { value: replaceOutputs(getOutputValue(id, attribute)) };
      }
      if (name === 'Ref' && nestedStacks.has(String(argument)))
        rejectTemplate(`Ref ${argument}: references to the id of a nested stack are not supported`);
      return undefined;
    });
  const all = [template, ...nestedStacks.values()].flatMap(({ Resources }) => Object.entries(Resources));
  const duplicate = all.find(([id], index) => all.findIndex(([other]) => other === id) < index);
  if (duplicate !== undefined) rejectTemplate(`${duplicate[0]}: two resources would have this logical id`);
  const resources = all
    .filter(([, { Type }]) => Type !== NESTED_STACK_TYPE)
    .map(([id, resource]): [string, RawResource] => {
      const { Properties, DependsOn, ...rest } = resource;
      return [
        id,
        {
          ...rest,
          ...(Properties === undefined
            ? {}
            : { Properties: replaceOutputs(Properties) as RawResource['Properties'] & {} }),
          ...(DependsOn === undefined ? {} : { DependsOn: [DependsOn].flat().flatMap(listResourceIds) }),
        },
      ];
    });
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, output]) => [
    name,
    { ...output, Value: replaceOutputs(output.Value) },
  ]);
  return { ...template, Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) };
}

/** Replaces the parameters of a nested template and prefixes its logical ids with that of the nested stack, so that they are unique. */
function inlineNestedStack(template: RawTemplate, stack: string, parameters: Record<string, unknown>): RawTemplate {
  if (template.Conditions !== undefined || template.Mappings !== undefined) {
    rejectTemplate(`${stack}: conditions and mappings in a nested stack are not supported`);
  }
  const declared = template.Parameters ?? {};
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(declared, name)) rejectTemplate(`${stack}: its template has no parameter ${name}`);
    if (Array.isArray(value)) rejectTemplate(`${stack}: parameter ${name} must be text`);
  }
  // CDK repeats the construct's id in the logical id. The first part and the hash at the end are unique without the middle.
  const prefix = stack.replace(/NestedStack.*NestedStackResource/, '');
  const rename = (id: string) => prefix + id;
  const rewrite = (value: unknown): unknown =>
    rewriteIntrinsics(value, (name, argument) => {
      if (name === 'Fn::Sub') rejectTemplate(`${stack}: Fn::Sub in a nested stack is not supported`);
      if (name === 'Ref') {
        const id = String(argument);
        if (STACK_PSEUDO_PARAMETERS.has(id))
          rejectTemplate(`${stack}: Ref ${id} in a nested stack is not supported: CloudFormation generates that name`);
        if (id.startsWith('AWS::')) return undefined;
        if (!Object.hasOwn(declared, id)) return { value: { Ref: rename(id) } };
        const value = Object.hasOwn(parameters, id) ? parameters[id] : declared[id]?.Default;
        if (value === undefined) rejectTemplate(`${stack}: parameter ${id} has no value`);
        return { value };
      }
      if (name === 'Fn::GetAtt') {
        const [id = '', attribute = ''] = splitAttribute(argument);
        return { value: { 'Fn::GetAtt': [rename(id), attribute] } };
      }
      return undefined;
    });
  const resources = Object.entries(template.Resources).map(([id, { Properties, DependsOn, ...rest }]) => [
    rename(id),
    {
      ...rest,
      ...(Properties === undefined ? {} : { Properties: rewrite(Properties) }),
      ...(DependsOn === undefined ? {} : { DependsOn: [DependsOn].flat().map(rename) }),
    },
  ]);
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, output]) => [
    name,
    { ...output, Value: rewrite(output.Value) },
  ]);
  return { Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) };
}

/** In a nested stack these refer to the nested stack, whose name CloudFormation generates. */
const STACK_PSEUDO_PARAMETERS = new Set(['AWS::StackName', 'AWS::StackId']);

/** Adds the dependencies of a nested stack to each of its resources. */
function addDependencies(
  { Resources, ...rest }: RawTemplate,
  dependencies: RawResource['DependsOn'] = [],
): RawTemplate {
  const resources = Object.entries(Resources).map(([id, resource]) => {
    const DependsOn = [resource.DependsOn ?? [], dependencies].flat(2);
    return [id, DependsOn.length === 0 ? resource : { ...resource, DependsOn }];
  });
  return { ...rest, Resources: Object.fromEntries(resources) };
}

/** Copies a value and replaces intrinsic functions. `replace` returns the replacement of one, or undefined to keep it. */
function rewriteIntrinsics(
  value: unknown,
  replace: (name: string, argument: unknown) => { value: unknown } | undefined,
): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteIntrinsics(item, replace));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  const replaced = entries.length === 1 && only !== undefined ? replace(only[0], only[1]) : undefined;
  if (replaced !== undefined) return replaced.value;
  return Object.fromEntries(entries.map(([name, child]) => [name, rewriteIntrinsics(child, replace)]));
}

const splitAttribute = (argument: unknown): string[] => {
  if (typeof argument !== 'string') return argument as string[];
  const dot = argument.indexOf('.');
  return [argument.slice(0, dot), argument.slice(dot + 1)];
};
