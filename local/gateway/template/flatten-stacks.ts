/**
 * Stacks within a stack (`AWS::CloudFormation::Stack`), put in their place as if all were one template: their parameters are what
 * the stack around them says, their outputs what it asks for, and whoever waits for a stack waits for everything in it
 * (documented: CloudFormation, "Nested stacks").
 */
import type { RawResource, RawTemplate } from './raw-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

const NESTED_STACK_TYPE = 'AWS::CloudFormation::Stack';
/** What may stand beside its properties. */
const NESTED_STACK_ATTRIBUTES = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
]);

/**
 * Gives a template without stacks in it.
 * Throws a `UnsupportedTemplateError` for what such a stack may have and this gateway does not play.
 *
 * @param templateAt the template that a `TemplateURL` names, or undefined
 */
export function flattenStacks(
  template: RawTemplate,
  templateAt: (url: unknown) => RawTemplate | undefined,
): RawTemplate {
  const inner = new Map<string, RawTemplate>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type !== NESTED_STACK_TYPE) continue;
    const { TemplateURL, Parameters = {}, ...others } = resource.Properties ?? {};
    const [other] = [
      ...Object.keys(others),
      ...Object.keys(resource).filter((name) => !NESTED_STACK_ATTRIBUTES.has(name)),
    ];
    if (other !== undefined) rejectTemplate(`${id} (${NESTED_STACK_TYPE}): ${other} is not honored`);
    const found = templateAt(TemplateURL);
    if (found === undefined) rejectTemplate(`${id} (${NESTED_STACK_TYPE}): no asset of this assembly is its template`);
    const parts = inlineNestedStack(flattenStacks(found, templateAt), id, Parameters as Record<string, unknown>);
    inner.set(id, addDependencies(parts, resource.DependsOn));
  }
  if (inner.size === 0) return template;

  const outputOf = (id: string, attribute: string): unknown => {
    const output = inner.get(id)?.Outputs?.[attribute.replace(/^Outputs\./, '')];
    return output === undefined
      ? rejectTemplate(`Fn::GetAtt ${id}.${attribute}: there is no such output`)
      : output.Value;
  };
  const partsOf = (id: string): string[] => Object.keys(inner.get(id)?.Resources ?? { [id]: undefined });
  const rewritten = (value: unknown): unknown =>
    rewriteIntrinsics(value, (name, argument) => {
      if (name === 'Fn::GetAtt') {
        const [id = '', attribute = ''] = splitAttribute(argument);
        if (inner.has(id)) return { value: rewritten(outputOf(id, attribute)) };
      }
      if (name === 'Ref' && inner.has(String(argument)))
        rejectTemplate(`Ref ${argument}: the id of a stack is not known`);
      return undefined;
    });
  const all = [template, ...inner.values()].flatMap(({ Resources }) => Object.entries(Resources));
  const twice = all.find(([id], index) => all.findIndex(([other]) => other === id) < index);
  if (twice !== undefined) rejectTemplate(`${twice[0]}: two resources would have this id`);
  const resources = all
    .filter(([, { Type }]) => Type !== NESTED_STACK_TYPE)
    .map(([id, resource]): [string, RawResource] => {
      const { Properties, DependsOn, ...rest } = resource;
      return [
        id,
        {
          ...rest,
          ...(Properties === undefined ? {} : { Properties: rewritten(Properties) as RawResource['Properties'] & {} }),
          ...(DependsOn === undefined ? {} : { DependsOn: [DependsOn].flat().flatMap(partsOf) }),
        },
      ];
    });
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, output]) => [
    name,
    { ...output, Value: rewritten(output.Value) },
  ]);
  return { ...template, Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) };
}

/** A template with its parameters replaced and its ids put behind those of its stack, so that they stay unique. */
function inlineNestedStack(template: RawTemplate, stack: string, parameters: Record<string, unknown>): RawTemplate {
  if (template.Conditions !== undefined || template.Mappings !== undefined) {
    rejectTemplate(`${stack}: conditions and mappings of a stack within a stack are not known`);
  }
  const declared = template.Parameters ?? {};
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(declared, name)) rejectTemplate(`${stack}: its template has no parameter ${name}`);
    if (Array.isArray(value)) rejectTemplate(`${stack}: parameter ${name} must be text`);
  }
  // CDK repeats the construct's id in it: the first part and the hash at the end tell stacks apart.
  const prefix = stack.replace(/NestedStack.*NestedStackResource/, '');
  const rename = (id: string) => prefix + id;
  const moved = (value: unknown): unknown =>
    rewriteIntrinsics(value, (name, argument) => {
      if (name === 'Fn::Sub') rejectTemplate(`${stack}: Fn::Sub in a stack within a stack is not known`);
      if (name === 'Ref') {
        const id = String(argument);
        if (STACK_PSEUDO_PARAMETERS.has(id))
          rejectTemplate(`${stack}: Ref ${id} gives the name of a stack within a stack`);
        if (id.startsWith('AWS::')) return undefined;
        if (!Object.hasOwn(declared, id)) return { value: { Ref: rename(id) } };
        const value = Object.hasOwn(parameters, id) ? parameters[id] : declared[id]?.Default;
        if (value === undefined) rejectTemplate(`${stack}: parameter ${id} is given no value`);
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
      ...(Properties === undefined ? {} : { Properties: moved(Properties) }),
      ...(DependsOn === undefined ? {} : { DependsOn: [DependsOn].flat().map(rename) }),
    },
  ]);
  const outputs = Object.entries(template.Outputs ?? {}).map(([name, output]) => [
    name,
    { ...output, Value: moved(output.Value) },
  ]);
  return { Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) };
}

/** Within a stack they mean that stack, whose name CloudFormation makes up. */
const STACK_PSEUDO_PARAMETERS = new Set(['AWS::StackName', 'AWS::StackId']);

/** What a stack waits for, everything in it waits for. */
function addDependencies({ Resources, ...rest }: RawTemplate, awaited: RawResource['DependsOn'] = []): RawTemplate {
  const waits = Object.entries(Resources).map(([id, resource]) => {
    const DependsOn = [...[resource.DependsOn ?? []].flat(), ...[awaited].flat()];
    return [id, DependsOn.length === 0 ? resource : { ...resource, DependsOn }];
  });
  return { ...rest, Resources: Object.fromEntries(waits) };
}

/** Copies a value with intrinsic functions replaced. `replace` gives what stands in the place of one, or undefined for none. */
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
