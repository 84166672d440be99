/** CloudFormation's intrinsic functions (documented: CloudFormation, "Intrinsic function reference"). */

import type { RawParameter, RawTemplate } from './raw-template.ts';
import { createResourceIdentity, type ResourceIdentity, type StackLocation } from './resource-identity.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** Everything that a reference in a template can refer to. */
export interface ResolutionContext {
  readonly template: RawTemplate;
  readonly location: StackLocation;
  /** Values that other stacks export, by export name. */
  readonly imports: Readonly<Record<string, string>>;
  /** Values of the template's parameters, by name. A list is separated by commas. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly pseudoParameters: Readonly<Record<string, unknown>>;
  /** The identities that were resolved so far, by logical id. */
  readonly identities: Map<string, ResourceIdentity>;
}

/** `AWS::NoValue`: the property or list item that has this value is omitted. */
const NO_VALUE = Symbol('AWS::NoValue');

export function createResolutionContext(
  template: RawTemplate,
  location: StackLocation,
  imports: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>> = {},
): ResolutionContext {
  const { partition, region, account, stackName, urlSuffix } = location;
  return {
    template,
    location,
    imports,
    parameters,
    pseudoParameters: {
      'AWS::NoValue': NO_VALUE,
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': partition,
      'AWS::URLSuffix': urlSuffix,
      'AWS::StackName': stackName,
      'AWS::StackId': `arn:${partition}:cloudformation:${region}:${account}:stack/${stackName}/local`,
    },
    identities: new Map(),
  };
}

/** Whether a resource or an output has no condition or a condition that is true. */
export const isPresent = (item: { readonly Condition?: string }, context: ResolutionContext): boolean =>
  item.Condition === undefined || evaluateCondition(item.Condition, context);

/** Returns what `Ref` and `Fn::GetAtt` return for a resource. Throws an `UnsupportedTemplateError` for a resource that is not present. */
export function getIdentity(logicalId: string, context: ResolutionContext): ResourceIdentity {
  const { template, location, identities } = context;
  const known = identities.get(logicalId);
  if (known !== undefined) return known;
  const resource = Object.hasOwn(template.Resources, logicalId) ? template.Resources[logicalId] : undefined;
  if (resource === undefined || !isPresent(resource, context)) {
    rejectTemplate(`reference to ${logicalId}, which is not in the template`);
  }
  const { Type, Properties = {} } = resource;
  const identity =
    Type === 'AWS::CDK::Metadata'
      ? { ref: logicalId, attributes: {} }
      : createResourceIdentity(location, logicalId, Type, (name) => {
          const value = resolveValue(Properties[name], context);
          return value === undefined || value === NO_VALUE ? undefined : String(value);
        });
  identities.set(logicalId, identity);
  return identity;
}

/** Replaces every intrinsic function in a value by its result. */
export function resolveValue(value: unknown, context: ResolutionContext): unknown {
  if (typeof value === 'string') {
    if (value.includes('{{resolve:')) rejectTemplate(`dynamic reference ${value} needs AWS`);
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => resolveValue(item, context)).filter((item) => item !== NO_VALUE);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first !== undefined && isFunctionCall(...first)) return callFunction(...first, context);
  return Object.fromEntries(
    entries
      .map(([name, child]) => [name, resolveValue(child, context)] as const)
      .filter(([, child]) => child !== NO_VALUE),
  );
}

/** `Condition` is also a member of policy statements, where it is an object. */
const isFunctionCall = (name: string, argument: unknown): boolean =>
  name === 'Condition' ? typeof argument === 'string' : /^(Ref|Fn::\w+)$/.test(name);

function callFunction(name: string, argument: unknown, context: ResolutionContext): unknown {
  const call = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (call === undefined)
    rejectTemplate(`${name} is not supported: add it to local/gateway/template/intrinsic-functions.ts`);
  return call(argument, context);
}

/** Returns the value of a call. `argument` is not resolved yet. */
type IntrinsicFunction = (argument: unknown, context: ResolutionContext) => unknown;

const FUNCTIONS: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (argument, context) => resolveReference(String(argument), context),

  Condition: (argument, context) => evaluateCondition(String(argument), context),

  'Fn::GetAtt': (argument, context) => {
    const [logicalId = '', attribute = ''] =
      typeof argument === 'string' ? splitOnce(argument, '.') : (argument as string[]);
    return getAttribute(logicalId, attribute, context);
  },

  'Fn::Join': (argument, context) => {
    const [separator, items] = argument as [string, unknown];
    return (resolveValue(items, context) as unknown[]).map(toText).join(separator);
  },

  'Fn::Split': (argument, context) => {
    const [separator, source] = argument as [string, unknown];
    return toText(resolveValue(source, context)).split(separator);
  },

  'Fn::Select': (argument, context) => {
    const [index, items] = argument as [unknown, unknown];
    const list = resolveValue(items, context) as unknown[];
    const position = Number(resolveValue(index, context));
    if (!(position in list)) rejectTemplate(`Fn::Select: ${JSON.stringify(list)} has no item ${position}`);
    return list[position];
  },

  'Fn::Sub': (argument, context) => substitute(argument as string | [string, Record<string, unknown>], context),

  'Fn::GetAZs': (argument, context) =>
    ['a', 'b', 'c'].map((zone) => (toText(resolveValue(argument, context)) || context.location.region) + zone),

  'Fn::FindInMap': (argument, context) => {
    const [map = '', first = '', second = ''] = (resolveValue(argument, context) as unknown[]).map(toText);
    const value = context.template.Mappings?.[map]?.[first]?.[second];
    if (value === undefined) rejectTemplate(`Fn::FindInMap: no value at ${map}.${first}.${second}`);
    return value;
  },

  'Fn::If': (argument, context) => {
    const [condition, whenTrue, whenFalse] = argument as [string, unknown, unknown];
    return resolveValue(evaluateCondition(condition, context) ? whenTrue : whenFalse, context);
  },

  'Fn::Equals': (argument, context) => {
    const [left, right] = resolveValue(argument, context) as [unknown, unknown];
    return JSON.stringify(left) === JSON.stringify(right);
  },

  'Fn::And': (argument, context) => (argument as unknown[]).every((item) => resolveValue(item, context) === true),

  'Fn::Or': (argument, context) => (argument as unknown[]).some((item) => resolveValue(item, context) === true),

  'Fn::Not': (argument, context) => resolveValue((argument as unknown[])[0], context) !== true,

  'Fn::ImportValue': (argument, context) => {
    const exportName = toText(resolveValue(argument, context));
    if (Object.hasOwn(context.imports, exportName)) return context.imports[exportName];
    return rejectTemplate(`Fn::ImportValue: the option imports has no value for the export ${exportName}`);
  },
};

function evaluateCondition(name: string, context: ResolutionContext): boolean {
  const definition = context.template.Conditions?.[name];
  if (definition === undefined) rejectTemplate(`condition ${name} is not in the template`);
  return resolveValue(definition, context) === true;
}

function resolveReference(name: string, context: ResolutionContext): unknown {
  const { pseudoParameters, template, parameters } = context;
  const pseudoParameter = pseudoParameters[name];
  if (pseudoParameter !== undefined) return pseudoParameter;
  const parameter = template.Parameters?.[name];
  if (parameter === undefined) return getIdentity(name, context).ref;
  const value = parameters[name] ?? parameter.Default;
  if (value === undefined || parameter.Type.startsWith('AWS::SSM::')) {
    rejectTemplate(`parameter ${name} has no value and no default value`);
  }
  checkParameter(name, String(value), parameter);
  return isList(parameter) ? String(value).split(',') : value;
}

const isList = ({ Type }: RawParameter): boolean => Type === 'CommaDelimitedList' || Type.startsWith('List<');

/** Documented: CloudFormation, "Parameters". A pattern must match the whole value; of a list, each item. */
function checkParameter(name: string, value: string, parameter: RawParameter): void {
  const { AllowedPattern, AllowedValues, MinValue, MaxValue } = parameter;
  const items = isList(parameter) ? value.split(',') : [value];
  const pattern = AllowedPattern === undefined ? undefined : new RegExp(`^(?:${AllowedPattern})$`);
  const number = Number(value);
  const isAllowed =
    items.every((item) => pattern?.test(item) ?? true) &&
    (AllowedValues?.map(String).includes(value) ?? true) &&
    (MinValue === undefined || number >= MinValue) &&
    (MaxValue === undefined || number <= MaxValue);
  if (!isAllowed) rejectTemplate(`parameter ${name} does not allow the value ${value}`);
}

function getAttribute(logicalId: string, attribute: string, context: ResolutionContext): string {
  const value = getIdentity(logicalId, context).attributes[attribute];
  if (value === undefined) rejectTemplate(`Fn::GetAtt ${logicalId}.${attribute} is not supported`);
  return value;
}

function substitute(argument: string | [string, Record<string, unknown>], context: ResolutionContext): string {
  const [source, variables] = typeof argument === 'string' ? [argument, {}] : argument;
  return source.replace(/\$\{(!?)([^}]*)\}/g, (_match, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    const key = name.trim();
    if (Object.hasOwn(variables, key)) return toText(resolveValue(variables[key], context));
    const [logicalId, attribute] = splitOnce(key, '.');
    return attribute === undefined
      ? toText(resolveReference(key, context))
      : getAttribute(logicalId, attribute, context);
  });
}

/** The text of a scalar, as Join and Sub insert it. Throws an `UnsupportedTemplateError` for lists and objects. */
function toText(value: unknown): string {
  if (typeof value === 'object' || value === undefined || typeof value === 'symbol') {
    rejectTemplate(`expected text, not ${JSON.stringify(value)}`);
  }
  return String(value);
}

function splitOnce(source: string, separator: string): [string, string | undefined] {
  const index = source.indexOf(separator);
  return index < 0 ? [source, undefined] : [source.slice(0, index), source.slice(index + 1)];
}
