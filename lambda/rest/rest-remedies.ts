import type { RoleNeeded } from '../../airflow/rest/operation-facts.ts';
import type { RestRemedies } from '../../mwaa/rest/rest-remedies.ts';
import { RELAY_REMEDIES } from '../relay/relay-remedies.ts';

/** What to change when a REST relay cannot use MWAA. */
export const REST_REMEDIES: RestRemedies = {
  ...RELAY_REMEDIES,
  subject: 'the REST relay',
  notPermitted:
    "Allow airflow:CreateWebLoginToken for the Airflow role of this environment in the policy of the REST relay's role and in the " +
    'policy of the airflow.env endpoint.',
  roleRefused:
    'Set restRole in the configuration to a role that may do this, or remove restRole. Or give the role this permission in Airflow.',
  responseTooLarge:
    'Request less, for example with limit and offset, or raise limits.answerBytes in the configuration.',
};

/**
 * What to change when Airflow's role does not allow one operation.
 *
 * @param needed the default role that Airflow asks for. Undefined: not known, or the role should be sufficient
 */
export function describeRoleRemedy(needed: RoleNeeded | undefined): string {
  if (needed === undefined) return REST_REMEDIES.roleRefused;
  if (needed === 'none') return 'No default role of Airflow may do this. Give the role this permission in Airflow.';
  return `Airflow asks for the role ${needed}. Set restRole in the configuration to ${needed}.`;
}
