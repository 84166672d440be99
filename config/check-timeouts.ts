import type { ConfigCheck, ConfigIssue } from './config-types.ts';
import { MAX_BUFFERED_OUTPUT_BYTES, resolveLimits } from './limits.ts';
import { checkTimeoutLadder, INTEGRATION_SECONDS, resolveFrontTimeouts, resolveTimeouts } from './timeouts.ts';

/** Checks the timeouts and limits of each environment, with the defaults for the response mode filled in. */
export const checkTimeouts: ConfigCheck = ({ api, environments }) => {
  const responses = api?.responses ?? 'stream';
  const { integrationSeconds, respondSeconds } = resolveFrontTimeouts(responses, api?.integrationSeconds);
  const apiIssues: ConfigIssue[] =
    responses === 'buffered' && integrationSeconds > INTEGRATION_SECONDS.buffered
      ? [{ path: ['api', 'integrationSeconds'], message: describeRaisedQuota(integrationSeconds), warning: true }]
      : [];
  const environmentIssues = Object.entries(environments).flatMap(([name, environment]): ConfigIssue[] => {
    const timeouts = resolveTimeouts(responses, environment.timeouts);
    const issues: ConfigIssue[] = checkTimeoutLadder(timeouts, respondSeconds).map(({ step, message }) => ({
      path: ['environments', name, 'timeouts', step],
      message,
    }));
    if (responses === 'stream') return issues;
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
  return [...apiIssues, ...environmentIssues];
};

const describeRaisedQuota = (seconds: number): string =>
  `${seconds} exceeds API Gateway's default quota of ${INTEGRATION_SECONDS.buffered} seconds. ` +
  'The deployment fails unless the quota "Maximum integration timeout" of the account has been raised';
