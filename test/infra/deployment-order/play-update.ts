import type { Assembly } from '../../../local/gateway/template/load-assembly.ts';
import type { RawResource } from '../../../local/gateway/template/raw-template.ts';
import { type Operation, planUpdate } from './plan-update.ts';

/** A method as a deployment of the API contains it. */
export interface DeployedMethod {
  /** Such as `POST /environments/{environment}/cli`. */
  readonly route: string;
  /** The id of the function. A method invokes the code that the function has at the time of the request. */
  readonly functionId: string;
  /** The id of the authorizer function, if the method has an authorizer. */
  readonly authorizerId: string | undefined;
}

/** What exists after one operation of an update. */
export interface Moment {
  /** The operation, such as `update front` or `create AWS::ApiGateway::Deployment`. */
  readonly operation: string;
  /** What the stage serves: a copy of the API at the time of its last deployment. */
  readonly methods: readonly DeployedMethod[];
  /** The resource policy in that copy. */
  readonly policy: unknown;
  /** The functions by their ids. The id of a function is its name, or else its logical id. */
  readonly functions: ReadonlyMap<string, DeployedFunction>;
}

export interface DeployedFunction {
  /** Such as `front`. */
  readonly kind: string;
  /** The folder with its code. */
  readonly folder: string;
  /** The statements of its resource policy. */
  readonly policy: readonly PolicyStatement[];
}

interface PolicyStatement {
  readonly Effect: string;
  readonly Principal: unknown;
}

interface Existing {
  readonly id: string;
  readonly resource: RawResource & { readonly DeletionPolicy?: string };
  readonly assembly: Assembly;
  /** The id of the function to which a policy or permission belongs. */
  readonly functionId: string | undefined;
}

type Snapshot = Pick<Moment, 'methods' | 'policy'>;

export interface UpdateOptions {
  /** Operations without a dependency between them run in parallel. Those on resources for which this returns true come last. */
  readonly isLate?: (id: string) => boolean;
  /**
   * The update fails after this number of operations, and CloudFormation restores the old template. It can only fail before it deletes
   * anything. Default: it succeeds.
   */
  readonly failAfter?: number;
}

/**
 * Simulates the update of a stack with one API, and returns what exists before it and after each operation. A deployment of the API copies
 * the methods that exist at that moment, including those that the update deletes later.
 *
 * @throws Error if AWS would reject an operation, because its name or path is still in use
 */
export function playUpdate(
  before: Assembly,
  after: Assembly,
  { isLate = () => false, failAfter }: UpdateOptions = {},
): Moment[] {
  const existing = new Map<string, Existing>();
  const snapshots = new Map<string, Snapshot>();
  const policies = new Map<string, ReadonlyMap<string, readonly PolicyStatement[]>>();
  let served: Snapshot = { methods: [], policy: undefined };
  const moments: Moment[] = [];
  /** The old version of a replaced resource, until it is deleted. */
  const getOldKey = (id: string) => `${id} (old)`;

  function apply({ kind, id }: Operation, assembly: Assembly): void {
    if (kind === 'delete') {
      const key = existing.has(getOldKey(id)) ? getOldKey(id) : id;
      deletePolicy(existing.get(key));
      existing.delete(key);
      return;
    }
    const resource = assembly.template.Resources[id] as RawResource;
    const { FunctionName, ResourceArn } = resource.Properties ?? {};
    const target = POLICY_TYPES.has(resource.Type)
      ? existing.get(getReference(FunctionName ?? ResourceArn))
      : undefined;
    const next: Existing = { id, resource, assembly, functionId: target && getFunctionId(target) };
    const old = existing.get(id);
    if (kind !== 'update') rejectDuplicate(next, existing.values());
    if (kind === 'replace' && old !== undefined) existing.set(getOldKey(id), old);
    existing.set(id, next);
    putPolicy(next);
    if (resource.Type === 'AWS::ApiGateway::Deployment' && kind !== 'update') snapshots.set(id, takeSnapshot(existing));
    if (resource.Type === 'AWS::ApiGateway::Stage') {
      served = snapshots.get(getReference(resource.Properties?.DeploymentId)) ?? served;
    }
  }

  /** A resource policy replaces all statements of a function, and a permission adds one. */
  function putPolicy({ id, resource: { Type, Properties = {} }, functionId = '' }: Existing): void {
    if (Type === 'AWS::Lambda::ResourcePolicy') {
      const { Statement } = Properties.PolicyDocument as { Statement: readonly PolicyStatement[] };
      policies.set(functionId, new Map([[id, Statement]]));
    }
    if (Type === 'AWS::Lambda::Permission') {
      const statement = { Effect: 'Allow', Principal: { Service: Properties.Principal } };
      policies.set(functionId, new Map([...(policies.get(functionId) ?? []), [id, [statement]]]));
    }
  }

  /** Deleting a resource policy deletes all statements of a function. */
  function deletePolicy(old: Existing | undefined): void {
    if (old?.resource.DeletionPolicy === 'Retain') return;
    const { id = '', resource, functionId = '' } = old ?? {};
    if (resource?.Type === 'AWS::Lambda::ResourcePolicy') policies.delete(functionId);
    if (resource?.Type === 'AWS::Lambda::Permission') {
      policies.set(functionId, new Map([...(policies.get(functionId) ?? [])].filter(([owner]) => owner !== id)));
    }
  }

  const run = (operations: readonly Operation[], assembly: Assembly) => {
    for (const operation of operations) {
      const { kind, id } = operation;
      const resource = kind === 'delete' ? existing.get(id)?.resource : assembly.template.Resources[id];
      apply(operation, assembly);
      moments.push({
        operation: `${kind} ${getLabel(resource)}`,
        ...served,
        functions: listFunctions(existing, policies),
      });
    }
  };
  const nothing: Assembly = { ...before, template: { Resources: {} } };
  run(planUpdate(nothing.template, before.template, isLate), before);
  moments.splice(0, moments.length - 1);
  const operations = planUpdate(before.template, after.template, isLate);
  if (failAfter === undefined) {
    run(operations, after);
    return moments;
  }
  const done = operations.filter(({ kind }) => kind !== 'delete').slice(0, failAfter);
  run(done, after);
  run(planRollback(done), before);
  return moments;
}

/** CloudFormation restores what it has changed, and then deletes what it has created. */
const planRollback = (done: readonly Operation[]): Operation[] => [
  ...done.filter(({ kind }) => kind !== 'create').map(({ id }): Operation => ({ kind: 'update', id })),
  ...done.filter(({ kind }) => kind !== 'update').map(({ id }): Operation => ({ kind: 'delete', id })),
];

/** The properties that must be unique, of the types that an update may create twice. */
const UNIQUE_PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGateway::Resource': ['ParentId', 'PathPart'],
  'AWS::ApiGateway::Method': ['ResourceId', 'HttpMethod'],
  'AWS::ApiGateway::GatewayResponse': ['RestApiId', 'ResponseType'],
  'AWS::ApiGateway::Stage': ['RestApiId', 'StageName'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::Logs::QueryDefinition': ['Name'],
  'AWS::IAM::Role': ['RoleName'],
};

function rejectDuplicate({ id, resource }: Existing, others: Iterable<Existing>): void {
  const names = UNIQUE_PROPERTIES[resource.Type];
  const getKey = ({ Properties = {} }: RawResource) => JSON.stringify(names?.map((name) => Properties[name]));
  if (names === undefined || names.every((name) => resource.Properties?.[name] === undefined)) return;
  for (const other of others) {
    if (other.resource.Type === resource.Type && getKey(other.resource) === getKey(resource)) {
      throw new Error(`${id} cannot be created while ${other.id} exists: both have ${getKey(resource)}`);
    }
  }
}

/** The kind of a function, such as `front`, or else the type of the resource. */
const getLabel = ({ Type, Properties }: RawResource = { Type: 'resource' }): string =>
  Type === 'AWS::Lambda::Function' ? String(Properties?.Handler).replace(/\..*/, '') : Type;

const POLICY_TYPES: ReadonlySet<string> = new Set(['AWS::Lambda::ResourcePolicy', 'AWS::Lambda::Permission']);

/** A replaced function has another name, or none. */
const getFunctionId = ({ id, resource }: Existing): string => String(resource.Properties?.FunctionName ?? id);

function takeSnapshot(existing: ReadonlyMap<string, Existing>): Snapshot {
  const all = [...existing.values()];
  const findFunction = (value: unknown): string | undefined => {
    const target = existing.get(getReference(value));
    return target && getFunctionId(target);
  };
  const methods = all
    .filter(({ resource }) => resource.Type === 'AWS::ApiGateway::Method')
    .map(({ resource: { Properties = {} } }): DeployedMethod => {
      const { ResourceId, HttpMethod, Integration, AuthorizerId } = Properties;
      return {
        route: `${HttpMethod} ${getPath(existing, getReference(ResourceId))}`,
        functionId: findFunction((Integration as { Uri: unknown }).Uri) ?? '',
        authorizerId: findFunction(existing.get(getReference(AuthorizerId))?.resource.Properties?.AuthorizerUri),
      };
    });
  const api = all.find(({ resource }) => resource.Type === 'AWS::ApiGateway::RestApi');
  return { methods, policy: api?.resource.Properties?.Policy };
}

function getPath(existing: ReadonlyMap<string, Existing>, id: string): string {
  const { resource } = existing.get(id) ?? {};
  if (resource?.Type !== 'AWS::ApiGateway::Resource') return '';
  const { ParentId, PathPart } = resource.Properties ?? {};
  return `${getPath(existing, getReference(ParentId))}/${PathPart}`;
}

function listFunctions(
  existing: ReadonlyMap<string, Existing>,
  policies: ReadonlyMap<string, ReadonlyMap<string, readonly PolicyStatement[]>>,
): Map<string, DeployedFunction> {
  const functions = [...existing.values()].filter(({ resource }) => resource.Type === 'AWS::Lambda::Function');
  return new Map(
    functions.map((item) => {
      const id = getFunctionId(item);
      const { S3Key } = (item.resource.Properties?.Code ?? {}) as { S3Key?: unknown };
      const folder = item.assembly.assetFolder(String(S3Key)) ?? '';
      return [id, { kind: getLabel(item.resource), folder, policy: [...(policies.get(id)?.values() ?? [])].flat() }];
    }),
  );
}

/** The logical id in the first reference within a value, except for references to the region and the like. */
const getReference = (value: unknown): string =>
  /"(?:Ref":|Fn::GetAtt":\[)"(?!AWS::)([^"]+)/.exec(JSON.stringify(value) ?? '')?.[1] ?? '';
