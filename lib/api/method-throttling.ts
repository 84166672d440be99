import { type MethodDeploymentOptions, MethodLoggingLevel } from 'aws-cdk-lib/aws-apigateway';
import type { Config } from '../../config/config-types.ts';

/** Returns the settings of every method: its throttling and its execution log. */
export const createMethodDefaults = ({ throttling, executionLog }: Config['api']): MethodDeploymentOptions => ({
  throttlingRateLimit: throttling.ratePerSecond,
  throttlingBurstLimit: throttling.burst,
  // The levels above ERROR log headers and bodies, which contain session tokens and the secrets in commands.
  loggingLevel: executionLog === 'error' ? MethodLoggingLevel.ERROR : MethodLoggingLevel.OFF,
  dataTraceEnabled: false,
});
