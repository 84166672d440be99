import { AIRFLOW_ROLES, getGreaterRole } from './airflow-role.ts';
import type { Operation } from './operation.ts';
import { findOperationFacts, getRoleNeeded, type RoleNeeded } from './operation-facts.ts';

/** The default role that Airflow asks for, if a role does not have its permissions. Undefined for `Public`: see `hasRole`. */
export function findMissingRole(operation: Operation, airflow: string, own: string): RoleNeeded | undefined {
  const facts = findOperationFacts(operation.method, operation.path);
  const needed = facts && getRoleNeeded(facts, airflow);
  return needed === undefined || hasRole(own, needed) ? undefined : needed;
}

/** Permissions of `Public` are the owner's own: AWS recommends to add a role of one's own to such users. */
function hasRole(own: string, needed: RoleNeeded): boolean {
  const [least, ...others] = AIRFLOW_ROLES;
  const known = others.find((role) => role === own);
  return own === least || (known !== undefined && needed !== 'none' && getGreaterRole(known, needed) === known);
}
