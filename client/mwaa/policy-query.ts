import type { Catalog } from '../../airflow/catalog.ts';
import type { AirflowRole } from '../../airflow/rest/airflow-role.ts';
import type { RestRequest } from '../../airflow/rest/parse-call.ts';
import { readRuleCatalog } from '../../airflow/rest/rule-catalogs.ts';
import { selectActiveGrants } from '../../config/active-grants.ts';
import type { Config } from '../../config/config-types.ts';
import { resolveRestRole } from '../../config/rest-role.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { parseCaller } from '../../policy/caller.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { type CallExplanation, createNoRestRefusal, explainCall, type RestTarget } from '../../policy/explain-call.ts';
import type { PolicyContext } from '../../policy/explain-decision.ts';
import { UsageError } from '../terminal.ts';

/** What `explainDecision` and `explainCall` need to explain requests of one caller in one environment. */
export interface PolicyQuery {
  /** With REST operations, if the environment offers them. */
  readonly catalog: Catalog;
  readonly context: PolicyContext;
  /** Absent: the environment does not offer the REST API. */
  readonly rest?: QueriedRest;
}

export interface QueriedRest extends RestTarget {
  /** The role of the environment's requests in Airflow. */
  readonly airflowRole: AirflowRole;
}

/** Explains whether a caller's request for the REST API of an environment would be allowed. */
export const explainQueriedCall = ({ rest, context }: PolicyQuery, request: RestRequest): CallExplanation =>
  rest === undefined ? createNoRestRefusal(context.environment) : explainCall(rest, request, context);

/**
 * Selects the policy of one environment for one caller.
 *
 * @param callerClauses one ARN, one declared caller, or one or more `oidc:CLAIM=VALUE`
 * @throws UsageError if there is no such environment, or if the caller is invalid
 */
export function createPolicyQuery(
  config: Config,
  callerClauses: readonly string[],
  environmentName: string,
): PolicyQuery {
  const environment = Object.hasOwn(config.environments, environmentName)
    ? config.environments[environmentName]
    : undefined;
  if (environment === undefined || !environment.enabled) {
    const names = Object.entries(config.environments).flatMap(([name, { enabled }]) => (enabled ? [name] : []));
    throw new UsageError(
      `There is no environment ${environmentName}. Environments in the configuration: ${names.join(', ')}.`,
    );
  }
  const caller = parseCaller(callerClauses);
  if (caller === undefined) {
    throw new UsageError(
      `${callerClauses.join(' ')} is not a caller. Use one ARN, as in arn:aws:iam::111122223333:role/NAME, one or more ` +
        'oidc:CLAIM=VALUE, event:NAME, or deployment:NAME.',
    );
  }
  const catalog = readRuleCatalog(CATALOGS, environment);
  const { policy } = compilePolicy(selectActiveGrants(config, environmentName), catalog);
  const operations = environment.rest ? CATALOGS.readOperations(environment.airflow) : undefined;
  return {
    catalog,
    context: { policy, caller, environment: environmentName },
    ...(operations && {
      rest: {
        catalog,
        rest: operations,
        notes: environment.restNotes,
        airflowRole: resolveRestRole(config, environmentName, environment, catalog),
      },
    }),
  };
}
