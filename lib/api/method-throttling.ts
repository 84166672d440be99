import { type MethodDeploymentOptions, MethodLoggingLevel } from 'aws-cdk-lib/aws-apigateway';
import type { Config, EnvironmentConfig } from '../../config/config-types.ts';
import { RELAY_ROUTES } from '../../contract/routes.ts';
import { BRANCH_PREFIXES, type CallerKind } from './api-branch.ts';

/** Returns the settings of every method: its throttling and its execution log. */
export const createMethodDefaults = ({ throttling, executionLog }: Config['api']): MethodDeploymentOptions => ({
  throttlingRateLimit: throttling.ratePerSecond,
  throttlingBurstLimit: throttling.burst,
  // The levels above ERROR log headers and bodies, which contain session tokens and the secrets in commands.
  loggingLevel: executionLog === 'error' ? MethodLoggingLevel.ERROR : MethodLoggingLevel.OFF,
  dataTraceEnabled: false,
});

/** Returns the settings of the command methods of environments with their own throttling, by path and method. */
export function createMethodOverrides(
  config: Config['api'],
  environments: Readonly<Record<string, EnvironmentConfig>>,
): Record<string, MethodDeploymentOptions> {
  const kinds: CallerKind[] = config.oidc === undefined ? ['iam'] : ['iam', 'oidc'];
  const overrides: Record<string, MethodDeploymentOptions> = {};
  for (const [name, { throttling }] of Object.entries(environments)) {
    if (throttling === undefined) continue;
    for (const kind of kinds) {
      const method = `${BRANCH_PREFIXES[kind]}/environments/${name}/cli/${RELAY_ROUTES.cli}`;
      overrides[method] = createMethodDefaults({ ...config, throttling });
    }
  }
  return overrides;
}
