/** The custom resources of a template, in the order in which CloudFormation creates them. */
import { listDependencies } from '../gateway/template/dependencies.ts';
import { createResolutionContext, resolveValue } from '../gateway/template/intrinsic-functions.ts';
import type { RawResource, RawTemplate } from '../gateway/template/raw-template.ts';
import type { StackLocation } from '../gateway/template/resource-identity.ts';

export interface CustomResource {
  readonly logicalId: string;
  readonly type: string;
  readonly serviceToken: string;
  /** How long CloudFormation waits for a response, in seconds. */
  readonly timeoutSeconds: number;
  /** Scalars are texts, as in requests. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string;
}

/** Documented: the default and the limits of `ServiceTimeout`. */
const DEFAULT_TIMEOUT_SECONDS = 3600;

export const isCustomResource = ({ Type }: RawResource): boolean =>
  Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource';

export interface ReadOptions {
  readonly location: StackLocation;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, string>>;
}

/** What a resource that exists returns for `Ref` and `Fn::GetAtt`. */
export interface ExistingResource {
  readonly physicalId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The logical ids of the custom resources, those first on which others depend. */
export function orderCustomResources(template: RawTemplate): string[] {
  const ids = Object.keys(template.Resources).filter((id) => isCustomResource(template.Resources[id]!));
  const ordered: string[] = [];
  const visit = (id: string, path: readonly string[]) => {
    if (ordered.includes(id) || !ids.includes(id)) return;
    if (path.includes(id)) throw new Error(`Circular dependency: ${[...path, id].join(', ')}`);
    for (const dependency of listDependencies(template.Resources[id]!)) visit(dependency, [...path, id]);
    ordered.push(id);
  };
  for (const id of ids) visit(id, []);
  return ordered;
}

/** Resolves the properties of one resource. @param existing the resources of the stack that exist already, by logical id */
export function readCustomResource(
  template: RawTemplate,
  logicalId: string,
  { location, parameters = {}, imports = {} }: ReadOptions,
  existing: ReadonlyMap<string, ExistingResource>,
): CustomResource {
  const Parameters = Object.fromEntries(
    Object.entries(template.Parameters ?? {}).map(([name, parameter]) => [
      name,
      name in parameters ? { ...parameter, Default: parameters[name] } : parameter,
    ]),
  );
  const context = createResolutionContext({ ...template, Parameters } as RawTemplate, location, imports);
  for (const [id, { physicalId, data }] of existing) {
    const attributes = Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)]));
    context.identities.set(id, { ref: physicalId, attributes });
  }
  const resource = template.Resources[logicalId]!;
  const properties = toTexts(resolveValue(resource.Properties ?? {}, context)) as Record<string, unknown>;
  const { ServiceToken: serviceToken, ServiceTimeout: timeout } = properties;
  if (typeof serviceToken !== 'string') throw new Error(`${logicalId} has no ServiceToken`);
  const timeoutSeconds = timeout === undefined ? DEFAULT_TIMEOUT_SECONDS : Number(timeout);
  if (!(Number.isInteger(timeoutSeconds) && timeoutSeconds >= 1 && timeoutSeconds <= DEFAULT_TIMEOUT_SECONDS))
    throw new Error(`${logicalId}: ServiceTimeout must be between 1 and ${DEFAULT_TIMEOUT_SECONDS}`);
  const { DeletionPolicy: deletionPolicy = 'Delete' } = resource as { DeletionPolicy?: string };
  return { logicalId, type: resource.Type, serviceToken, timeoutSeconds, properties, deletionPolicy };
}

/** Documented by the CDK: CloudFormation sends every scalar as text. */
function toTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toTexts);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toTexts(member)]));
  if (value === null || value === undefined) throw new Error('CloudFormation rejects null');
  return String(value);
}
