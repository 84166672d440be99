import { type AirflowRole, getGreaterRole } from '../airflow/rest/airflow-role.ts';
import { readRuleCatalog } from '../airflow/rest/rule-catalogs.ts';
import { isOperationRule } from '../policy/rule.ts';
import { coversEnvironment } from './active-grants.ts';
import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { findRoleNeeded } from './rest-role.ts';

/** Reports environments that are to offer the REST API of a release whose REST API the proxy does not know. */
export const checkRest: ConfigCheck = ({ environments }, catalogs) =>
  Object.entries(environments).flatMap(([name, { airflow, rest }]) => {
    if (!rest || catalogs.readOperations(airflow) !== undefined) return [];
    const first = catalogs.releases().find((release) => catalogs.readOperations(release) !== undefined);
    const message = `needs Airflow ${first} or later, because the REST API of Airflow ${airflow} accepts no web sessions by default. Remove rest, or upgrade the environment`;
    return [{ path: ['environments', name, 'rest'], message }];
  });

/**
 * Warns about rules for operations that do not go together with the Airflow role of the environment: Airflow rejects the requests because
 * the configured role may not send them, or the rule makes the role of all requests `Admin`.
 */
export const checkRestRoles: ConfigCheck = ({ environments, grants }, catalogs) =>
  Object.entries(environments).flatMap(([name, environment]) => {
    const { airflow, rest, restRole, enabled } = environment;
    // The permissions of `Public` are the owner's own.
    if (!rest || !enabled || restRole === 'Public' || catalogs.readOperations(airflow) === undefined) return [];
    const catalog = readRuleCatalog(catalogs, environment);
    return grants.flatMap((grant, index) =>
      (grant.enabled && coversEnvironment(grant.where, name) ? grant.may : []).flatMap((text, entry): ConfigIssue[] => {
        const needed = isOperationRule(text) ? findRoleNeeded([text], catalog) : undefined;
        const message = needed && describeRole(name, needed, restRole);
        return message === undefined ? [] : [{ path: ['grants', index, 'may', entry], message, warning: true }];
      }),
    );
  });

function describeRole(environment: string, needed: AirflowRole, restRole: AirflowRole | undefined): string | undefined {
  if (restRole === undefined) {
    return needed === 'Admin'
      ? `makes Admin the Airflow role of all requests for the REST API of "${environment}". Remove it, or set restRole to a lower role.`
      : undefined;
  }
  return getGreaterRole(needed, restRole) === restRole
    ? undefined
    : `needs the Airflow role ${needed}, but "${environment}" has restRole ${restRole}: Airflow rejects these requests.`;
}
