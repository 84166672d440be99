import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { MAX_BUFFERED_OUTPUT_BYTES, resolveLimits } from './limits.ts';
import { BUFFERED_TIMEOUTS, checkTimeoutLadder, resolveTimeouts } from './timeouts.ts';

/** Checks the timeouts and limits of each environment, with the defaults for the response mode filled in. */
export const checkTimeouts: ConfigCheck = ({ api, environments }) => {
  const responses = api?.responses ?? 'stream';
  return Object.entries(environments).flatMap(([name, environment]): ConfigIssue[] => {
    const timeouts = resolveTimeouts(responses, environment.timeouts);
    const issues: ConfigIssue[] = checkTimeoutLadder(timeouts).map(({ step, message }) => ({
      path: ['environments', name, 'timeouts', step],
      message,
    }));
    if (responses === 'stream') return issues;
    if (timeouts.integrationSeconds > BUFFERED_TIMEOUTS.integrationSeconds) {
      issues.push({
        path: ['environments', name, 'timeouts', 'integrationSeconds'],
        message:
          `${timeouts.integrationSeconds} is over API Gateway's default quota of ${BUFFERED_TIMEOUTS.integrationSeconds} seconds. ` +
          'The deployment fails unless the quota "Maximum integration timeout" of the account has been raised',
        warning: true,
      });
    }
    const { outputBytes } = resolveLimits(responses, environment.limits);
    if (outputBytes > MAX_BUFFERED_OUTPUT_BYTES) {
      issues.push({
        path: ['environments', name, 'limits', 'outputBytes'],
        message:
          `must be at most ${MAX_BUFFERED_OUTPUT_BYTES} with api.responses: buffered, ` +
          'because Lambda limits buffered responses to 6 MB',
      });
    }
    return issues;
  });
};
