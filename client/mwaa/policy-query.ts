import type { Catalog } from '../../airflow/catalog.ts';
import { selectActiveGrants } from '../../config/active-grants.ts';
import type { Config } from '../../config/config-types.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { parseCaller } from '../../policy/caller.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import type { PolicyContext } from '../../policy/explain-decision.ts';
import { UsageError } from '../terminal.ts';

/** What `explainDecision` needs to explain commands of one caller in one environment. */
export interface PolicyQuery {
  readonly catalog: Catalog;
  readonly context: PolicyContext;
}

/**
 * Selects the policy of one environment for one caller.
 *
 * @param callerClauses one ARN, or one or more `oidc:CLAIM=VALUE`
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
      `${callerClauses.join(' ')} is not a caller. Use one ARN, as in arn:aws:iam::111122223333:role/NAME, or one or more ` +
        'oidc:CLAIM=VALUE.',
    );
  }
  const catalog = CATALOGS.read(environment.airflow);
  const { policy } = compilePolicy(selectActiveGrants(config, environmentName), catalog);
  return { catalog, context: { policy, caller, environment: environmentName } };
}
