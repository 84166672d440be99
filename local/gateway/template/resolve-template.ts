/** CloudFormation's intrinsic functions over one template, resolved to plain values. */

import type { RawResource, RawTemplate } from './raw-template.ts';
import { createResourceIdentity, type ResourceIdentity, type StackLocation } from './resource-identity.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** A resource whose properties are plain values. */
export interface ResolvedResource {
  logicalId: string;
  type: string;
  properties: Record<string, unknown>;
  identity: ResourceIdentity;
  dependsOn: string[];
}

/** What a template says once nothing in it refers to anything else. */
export interface ResolvedTemplate {
  resources: ResolvedResource[];
  outputs: Record<string, unknown>;
}

/** `AWS::NoValue`: what holds it is left out. */
const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Resolves a whole template; resources and outputs whose condition is false are left out.
 * Throws a `UnsupportedTemplateError` for a function or reference it cannot resolve: dynamic references, parameters without a default,
 * imports that are not given.
 *
 * @param imports what other stacks export, by name
 */
export function resolveTemplate(
  template: RawTemplate,
  place: StackLocation,
  imports: Readonly<Record<string, string>> = {},
): ResolvedTemplate {
  const identities = new Map<string, ResourceIdentity>();
  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::NoValue': NO_VALUE,
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    'AWS::Partition': place.partition,
    'AWS::URLSuffix': place.urlSuffix,
    'AWS::StackName': place.stackName,
    'AWS::StackId': `arn:${place.partition}:cloudformation:${place.region}:${place.account}:stack/${place.stackName}/local`,
  };
  const isThere = (item: { Condition?: string }) => item.Condition === undefined || condition(item.Condition);
  const present = Object.entries(template.Resources).filter(([, resource]) => isThere(resource));

  return {
    resources: present.map(([logicalId, resource]) => ({
      logicalId,
      type: resource.Type,
      properties: resolveProperties(resource),
      identity: identityOf(logicalId),
      dependsOn: [resource.DependsOn ?? []].flat(),
    })),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs ?? {})
        .filter(([, output]) => isThere(output))
        .map(([name, { Value }]) => [name, resolve(Value)]),
    ),
  };

  function resolveProperties({ Properties = {} }: RawResource): Record<string, unknown> {
    const properties = resolve(Properties);
    return typeof properties === 'object' && properties !== null ? { ...properties } : {};
  }

  function identityOf(logicalId: string): ResourceIdentity {
    const known = identities.get(logicalId);
    if (known !== undefined) return known;
    const resource = present.find(([name]) => name === logicalId)?.[1];
    if (resource === undefined) rejectTemplate(`reference to ${logicalId}, which is not in the template`);
    const { Type, Properties = {} } = resource;
    const identity =
      Type === 'AWS::CDK::Metadata'
        ? { ref: logicalId, attributes: {} }
        : createResourceIdentity(place, logicalId, Type, (name) => {
            const value = resolve(Properties[name]);
            return value === undefined || value === NO_VALUE ? undefined : String(value);
          });
    identities.set(logicalId, identity);
    return identity;
  }

  function resolve(value: unknown): unknown {
    if (typeof value === 'string') {
      if (value.includes('{{resolve:')) rejectTemplate(`dynamic reference ${value} needs AWS`);
      return value;
    }
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && /^(Ref|Condition|Fn::\w+)$/.test(only[0])) {
      if (only[0] !== 'Condition' || typeof only[1] === 'string') return call(only[0], only[1]);
    }
    return Object.fromEntries(
      entries.map(([name, child]) => [name, resolve(child)] as const).filter(([, child]) => child !== NO_VALUE),
    );
  }

  function call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return reference(String(argument));
      case 'Condition':
        return condition(String(argument));
      case 'Fn::GetAtt': {
        const [logicalId = '', attribute = ''] =
          typeof argument === 'string' ? splitOnce(argument, '.') : (argument as string[]);
        return attributeOf(logicalId, attribute);
      }
      case 'Fn::Join': {
        const [separator, items] = argument as [string, unknown];
        return (resolve(items) as unknown[]).map(toText).join(separator);
      }
      case 'Fn::Split': {
        const [separator, source] = argument as [string, unknown];
        return toText(resolve(source)).split(separator);
      }
      case 'Fn::Select': {
        const [index, items] = argument as [unknown, unknown];
        const list = resolve(items) as unknown[];
        const position = Number(resolve(index));
        if (!(position in list)) rejectTemplate(`Fn::Select: no item ${position} in ${JSON.stringify(list)}`);
        return list[position];
      }
      case 'Fn::Sub':
        return substitute(argument as string | [string, Record<string, unknown>]);
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => (toText(resolve(argument)) || place.region) + zone);
      case 'Fn::FindInMap': {
        const [map = '', first = '', second = ''] = (resolve(argument) as unknown[]).map(toText);
        const found = template.Mappings?.[map]?.[first]?.[second];
        if (found === undefined) rejectTemplate(`Fn::FindInMap: nothing at ${map}.${first}.${second}`);
        return found;
      }
      case 'Fn::If': {
        const [test, whenTrue, whenFalse] = argument as [string, unknown, unknown];
        return resolve(condition(test) ? whenTrue : whenFalse);
      }
      case 'Fn::Equals': {
        const [left, right] = resolve(argument) as [unknown, unknown];
        return JSON.stringify(left) === JSON.stringify(right);
      }
      case 'Fn::And':
        return (argument as unknown[]).every((item) => resolve(item) === true);
      case 'Fn::Or':
        return (argument as unknown[]).some((item) => resolve(item) === true);
      case 'Fn::ImportValue': {
        const exported = toText(resolve(argument));
        if (Object.hasOwn(imports, exported)) return imports[exported];
        return rejectTemplate(`Fn::ImportValue: nothing is given here for the export ${exported}`);
      }
      case 'Fn::Not':
        return resolve((argument as unknown[])[0]) !== true;
      default:
        return rejectTemplate(`${name} is not known`);
    }
  }

  function condition(name: string): boolean {
    const definition = template.Conditions?.[name];
    if (definition === undefined) rejectTemplate(`condition ${name} is not in the template`);
    return resolve(definition) === true;
  }

  function reference(name: string): unknown {
    const pseudo = pseudoParameters[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = template.Parameters?.[name];
    if (parameter === undefined) return identityOf(name).ref;
    if (parameter.Default === undefined || parameter.Type.startsWith('AWS::SSM::')) {
      rejectTemplate(`parameter ${name} has no value here`);
    }
    return parameter.Default;
  }

  function attributeOf(logicalId: string, attribute: string): string {
    const value = identityOf(logicalId).attributes[attribute];
    if (value === undefined) rejectTemplate(`Fn::GetAtt ${logicalId}.${attribute} is not known`);
    return value;
  }

  function substitute(argument: string | [string, Record<string, unknown>]): string {
    const [source, variables] = typeof argument === 'string' ? [argument, {}] : argument;
    return source.replace(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, name: string) => {
      if (literal !== '') return `\${${name}}`;
      const key = name.trim();
      if (Object.hasOwn(variables, key)) return toText(resolve(variables[key]));
      const [logicalId, attribute] = splitOnce(key, '.');
      return attribute === undefined ? toText(reference(key)) : attributeOf(logicalId, attribute);
    });
  }
}

/** Text of a scalar, as Join and Sub put it in. Throws a `UnsupportedTemplateError` for lists and objects. */
function toText(value: unknown): string {
  if (typeof value === 'object' || value === undefined || typeof value === 'symbol') {
    rejectTemplate(`text expected, not ${JSON.stringify(value)}`);
  }
  return String(value);
}

function splitOnce(source: string, separator: string): [string, string | undefined] {
  const at = source.indexOf(separator);
  return at < 0 ? [source, undefined] : [source.slice(0, at), source.slice(at + 1)];
}
