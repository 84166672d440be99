import { createHash } from 'node:crypto';

/** What a physical id of ours says about its resource. */
export interface ReadPhysicalId {
  /** After a failed creation: how many commands of it ran. Absent: all of them. */
  readonly ran?: number;
}

/**
 * The physical id of a resource. It is the same for every request of the same resource, so CloudFormation never replaces one. It is made
 * from names only, and never from a property or a secret.
 *
 * @param caller as in `deployment:settings`
 */
export function createPhysicalId(caller: string, stackId: string, logicalResourceId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([caller, stackId, logicalResourceId]))
    .digest('hex');
  return `${caller}/${hash.slice(0, 32)}`;
}

/** The physical id of a resource whose creation failed. It says how many commands ran, for the deletion that follows. */
export const createFailedId = (physicalId: string, ran: number): string => `${physicalId}/ran-${ran}`;

/**
 * Reads the physical id of a request.
 *
 * @param own the physical id of the resource, from `createPhysicalId`
 * @returns undefined for an id that this function has never returned for the resource. CloudFormation invents one if it got no response
 */
export function readPhysicalId(own: string, physicalId: string | undefined): ReadPhysicalId | undefined {
  if (physicalId === own) return {};
  const [, ran] = physicalId?.startsWith(`${own}/`)
    ? (/^ran-(\d{1,3})$/.exec(physicalId.slice(own.length + 1)) ?? [])
    : [];
  return ran === undefined ? undefined : { ran: Number(ran) };
}
