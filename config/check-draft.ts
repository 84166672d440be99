import { checkAirflowEndpoints } from './check-airflow-endpoints.ts';
import { checkApiCallers } from './check-api-callers.ts';
import { checkApiEndpoint } from './check-api-endpoint.ts';
import { checkDeploymentTargets } from './check-deployment-targets.ts';
import { checkDeployments } from './check-deployments.ts';
import { checkEvents } from './check-events.ts';
import { checkFunctionPolicies } from './check-function-policies.ts';
import { checkOperations } from './check-operations.ts';
import { checkPrivateDns } from './check-private-dns.ts';
import { checkQuotas } from './check-quotas.ts';
import { checkRest, checkRestRoles } from './check-rest.ts';
import { checkTimeouts } from './check-timeouts.ts';
import type { ConfigCheck } from './config-types.ts';

const CHECKS: readonly ConfigCheck[] = [
  checkTimeouts,
  checkApiEndpoint,
  checkApiCallers,
  checkDeploymentTargets,
  checkAirflowEndpoints,
  checkPrivateDns,
  checkFunctionPolicies,
  checkOperations,
  checkEvents,
  checkDeployments,
  checkRest,
  checkRestRoles,
  checkQuotas,
];

/** Runs all checks except `checkGrants`. They find contradictions between sections and exceeded AWS quotas. */
export const checkDraft: ConfigCheck = (draft, catalogs) => CHECKS.flatMap((check) => check(draft, catalogs));
