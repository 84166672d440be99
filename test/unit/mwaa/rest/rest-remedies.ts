import { RELAY_REMEDIES } from '../../../../lambda/relay/relay-remedies.ts';
import type { RestRemedies } from '../../../../mwaa/rest/rest-remedies.ts';

/** Remedies for tests of the REST API. */
export const REST_REMEDIES: RestRemedies = {
  ...RELAY_REMEDIES,
  subject: 'the REST relay',
  notPermitted: 'Allow airflow:CreateWebLoginToken for this role of the environment.',
  responseTooLarge: 'Ask for fewer entries with limit.',
  roleRefused: 'Set restRole in the configuration.',
};
