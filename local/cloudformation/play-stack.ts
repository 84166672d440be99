/**
 * CloudFormation's work on the custom resources of a stack: create, update, replace, roll back, delete.
 *
 * Documented (CloudFormation, "Custom resource request types"): an update is sent only if a property changes; another physical id in its
 * response is a replacement, and the old resource is deleted at the end; a rollback sends the old properties as an update. Reported by users of
 * AWS, not documented: after a failed creation comes a deletion, with the physical id of the failure, or with an invented one if there was no
 * response; a failed deletion in the cleanup of an update is abandoned. Other resources are not played.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { RawTemplate } from '../gateway/template/raw-template.ts';
import { createStackLocation } from '../gateway/template/resource-identity.ts';
import type { EventInvokeConfig } from './invoke-asynchronously.ts';
import {
  type CustomResource,
  type ExistingResource,
  orderCustomResources,
  readCustomResource,
} from './read-custom-resources.ts';
import type { ResponseBucket } from './response-bucket.ts';
import { type Delivery, type RequestContext, type RequestType, sendRequest } from './send-request.ts';

export interface StackOptions extends Partial<EventInvokeConfig> {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly bucket: ResponseBucket;
  readonly invoke: RequestContext['invoke'];
  /** Values that other stacks export, by export name. */
  readonly imports?: Readonly<Record<string, string>>;
}

export interface DeployOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  /** By logical id. It applies to the first request for the resource. */
  readonly delivery?: Readonly<Record<string, Delivery>>;
  /** Keeps what has failed, so that the deployment can be tried again. */
  readonly disableRollback?: boolean;
}

export interface StackEvent {
  readonly logicalId: string;
  readonly status: string;
  readonly reason?: string;
  readonly physicalId?: string;
}

export interface PlayedStack {
  readonly stackId: string;
  /** As in `CREATE_COMPLETE`. */
  readonly status: string;
  readonly events: readonly StackEvent[];
  readonly resources: ReadonlyMap<string, ExistingResource>;
  /** Creates or updates the stack. Returns its status. */
  deploy(template: RawTemplate, options?: DeployOptions): Promise<string>;
  delete(options?: Pick<DeployOptions, 'delivery'>): Promise<string>;
  /** Resolves when no delivery is running. */
  settle(): Promise<void>;
}

interface PlayedResource extends ExistingResource {
  readonly definition: CustomResource;
}

/** Creates a stack that does not exist yet. */
export function createStack(options: StackOptions): PlayedStack {
  const { name, account, region, bucket, invoke, imports = {} } = options;
  const { maximumRetryAttempts = 2, maximumEventAgeSeconds = 21_600 } = options;
  const location = createStackLocation(name, account, region);
  const stackId = `arn:${location.partition}:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`;
  const resources = new Map<string, PlayedResource>();
  const events: StackEvent[] = [];
  const running = new Set<Promise<unknown>>();
  const context: RequestContext = { stackId, bucket, invoke, running, maximumRetryAttempts, maximumEventAgeSeconds };
  /** The request ids of failed creations that can be tried again. */
  const failedRequests = new Map<string, string>();
  let status = 'NOT_CREATED';
  let order: readonly string[] = [];

  const report = (logicalId: string, nextStatus: string, reason?: string, physicalId?: string) => {
    events.push({
      logicalId,
      status: nextStatus,
      ...(reason === undefined ? {} : { reason }),
      ...(physicalId === undefined ? {} : { physicalId }),
    });
  };
  const setStatus = (next: string) => {
    status = next;
    report(name, next);
    return next;
  };
  /** CloudFormation invents an id if it got none. */
  const inventId = (logicalId: string) => `${name}-${logicalId}-${randomBytes(6).toString('hex').toUpperCase()}`;
  const request = (
    type: RequestType,
    definition: CustomResource,
    more: {
      physicalId?: string;
      oldProperties?: CustomResource['properties'];
      delivery?: Delivery | undefined;
      requestId?: string;
    } = {},
  ) => sendRequest(context, { type, requestId: randomUUID(), resource: definition, ...more });

  async function create(definition: CustomResource, delivery?: Delivery): Promise<boolean> {
    const { logicalId } = definition;
    report(logicalId, 'CREATE_IN_PROGRESS');
    const requestId = failedRequests.get(logicalId) ?? randomUUID();
    failedRequests.set(logicalId, requestId);
    const answer = await request('Create', definition, { requestId, delivery });
    if (answer.kind === 'success') {
      failedRequests.delete(logicalId);
      resources.set(logicalId, { definition, physicalId: answer.physicalId, data: answer.data });
      report(logicalId, 'CREATE_COMPLETE', undefined, answer.physicalId);
      return true;
    }
    const physicalId = (answer.kind === 'failed' ? answer.physicalId : undefined) ?? inventId(logicalId);
    resources.set(logicalId, { definition, physicalId, data: {} });
    report(
      logicalId,
      'CREATE_FAILED',
      answer.kind === 'failed' ? answer.reason : 'Resource creation cancelled',
      physicalId,
    );
    return false;
  }

  async function remove(
    logicalId: string,
    { definition, physicalId }: PlayedResource,
    delivery?: Delivery,
  ): Promise<boolean> {
    if (definition.deletionPolicy.startsWith('Retain')) {
      report(logicalId, 'DELETE_SKIPPED', undefined, physicalId);
      return true;
    }
    report(logicalId, 'DELETE_IN_PROGRESS', undefined, physicalId);
    const answer = await request('Delete', definition, { physicalId, delivery });
    if (answer.kind === 'success') {
      report(logicalId, 'DELETE_COMPLETE', undefined, physicalId);
      return true;
    }
    report(logicalId, 'DELETE_FAILED', answer.kind === 'failed' ? answer.reason : 'cancelled', physicalId);
    return false;
  }

  /** Deletes resources in the reverse order of their creation. */
  async function removeAll(ids: readonly string[], delivery: DeployOptions['delivery'] = {}): Promise<boolean> {
    let isComplete = true;
    for (const id of [...ids].reverse()) {
      const resource = resources.get(id);
      if (resource === undefined) continue;
      if (await remove(id, resource, delivery[id])) resources.delete(id);
      else isComplete = false;
    }
    return isComplete;
  }

  /** Updates one resource. @returns the old resource if it was replaced, or the reason of a failure */
  async function update(
    old: PlayedResource,
    definition: CustomResource,
    delivery?: Delivery,
  ): Promise<{ replaced?: PlayedResource; failure?: string }> {
    const { logicalId } = definition;
    if (definition.serviceToken !== old.definition.serviceToken)
      return { failure: 'Modifying service token is not allowed.' };
    report(logicalId, 'UPDATE_IN_PROGRESS');
    const { physicalId, definition: oldDefinition } = old;
    const answer = await request('Update', definition, {
      physicalId,
      oldProperties: oldDefinition.properties,
      delivery,
    });
    if (answer.kind !== 'success')
      return { failure: answer.kind === 'failed' ? answer.reason : 'Resource update cancelled' };
    resources.set(logicalId, { definition, physicalId: answer.physicalId, data: answer.data });
    report(logicalId, 'UPDATE_COMPLETE', undefined, answer.physicalId);
    return answer.physicalId === physicalId ? {} : { replaced: old };
  }

  async function createStackResources(template: RawTemplate, options: DeployOptions): Promise<string> {
    setStatus('CREATE_IN_PROGRESS');
    order = orderCustomResources(template);
    for (const id of order) {
      if (resources.has(id) && !failedRequests.has(id)) continue;
      const definition = readCustomResource(template, id, { location, imports, ...options }, resources);
      if (await create(definition, options.delivery?.[id])) continue;
      if (options.disableRollback) return setStatus('CREATE_FAILED');
      setStatus('ROLLBACK_IN_PROGRESS');
      failedRequests.clear();
      return setStatus((await removeAll(order)) ? 'ROLLBACK_COMPLETE' : 'ROLLBACK_FAILED');
    }
    return setStatus('CREATE_COMPLETE');
  }

  async function updateStackResources(template: RawTemplate, options: DeployOptions): Promise<string> {
    setStatus('UPDATE_IN_PROGRESS');
    const before = new Map(resources);
    const nextOrder = orderCustomResources(template);
    const replaced: (readonly [id: string, old: PlayedResource])[] = [];
    for (const id of nextOrder) {
      const definition = readCustomResource(template, id, { location, imports, ...options }, resources);
      const old = before.get(id);
      if (old !== undefined && JSON.stringify(old.definition.properties) === JSON.stringify(definition.properties))
        continue;
      const delivery = options.delivery?.[id];
      if (old === undefined) {
        if (await create(definition, delivery)) continue;
      } else {
        const result = await update(old, definition, delivery);
        if (result.replaced !== undefined) replaced.push([id, result.replaced]);
        if (result.failure === undefined) continue;
        report(id, 'UPDATE_FAILED', result.failure, old.physicalId);
      }
      return rollBackUpdate(before, nextOrder, id, definition);
    }
    setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    for (const [id, old] of replaced) await remove(id, old);
    for (const id of [...order].reverse().filter((known) => !nextOrder.includes(known))) {
      const old = resources.get(id);
      // A failed deletion is reported, and the resource is abandoned.
      if (old !== undefined) await remove(id, old);
      resources.delete(id);
    }
    order = nextOrder;
    return setStatus('UPDATE_COMPLETE');
  }

  async function rollBackUpdate(
    before: ReadonlyMap<string, PlayedResource>,
    nextOrder: readonly string[],
    failedId: string,
    failedDefinition: CustomResource,
  ): Promise<string> {
    setStatus('UPDATE_ROLLBACK_IN_PROGRESS');
    const reached = nextOrder.slice(0, nextOrder.indexOf(failedId) + 1);
    for (const id of reached) {
      const old = before.get(id);
      const current = resources.get(id);
      if (old === undefined || current === undefined) continue;
      const definition = id === failedId ? failedDefinition : current.definition;
      if (JSON.stringify(old.definition.properties) === JSON.stringify(definition.properties)) continue;
      if (definition.serviceToken !== old.definition.serviceToken) continue;
      const result = await update({ ...current, definition }, old.definition);
      if (result.failure === undefined) continue;
      report(id, 'UPDATE_FAILED', result.failure, current.physicalId);
      return setStatus('UPDATE_ROLLBACK_FAILED');
    }
    failedRequests.clear();
    await removeAll(reached.filter((id) => !before.has(id)));
    return setStatus('UPDATE_ROLLBACK_COMPLETE');
  }

  return {
    stackId,
    events,
    resources,
    get status() {
      return status;
    },
    async deploy(template, deployOptions = {}) {
      const isNew = status === 'NOT_CREATED' || status === 'CREATE_FAILED';
      if (!isNew && !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(status))
        throw new Error(`The stack is in ${status} state and can not be updated.`);
      return isNew ? createStackResources(template, deployOptions) : updateStackResources(template, deployOptions);
    },
    async delete({ delivery } = {}) {
      setStatus('DELETE_IN_PROGRESS');
      return setStatus((await removeAll(order, delivery)) ? 'DELETE_COMPLETE' : 'DELETE_FAILED');
    },
    async settle() {
      while (running.size > 0) await Promise.allSettled([...running]);
    },
  };
}
