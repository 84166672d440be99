import type { Invocation } from '../../airflow/invocation.ts';
import { Problem } from '../../contract/problem.ts';
import type { Upstream } from '../../mwaa/cli/send-command.ts';
import { CONNECTIVITY_STEPS, checkConnectivity } from '../../mwaa/connection/check-connectivity.ts';
import { runSteps } from '../../mwaa/connection/run-steps.ts';
import type { Caller } from '../../policy/caller.ts';
import { HEALTH_COMMAND } from '../../policy/command-sets.ts';
import { writeAuditIntent } from './audit-log.ts';
import { authorizeInvocation } from './authorize-invocation.ts';
import type { RelayContext } from './relay-environment.ts';

/**
 * Tries each step of the way to Airflow by itself: the token, name resolution, connecting, TLS, the command `version`, and
 * whether it is the release that commands are read by.
 *
 * @param caller undefined for the schedule, to whom nothing is told and so nothing need be granted
 * @returns the body of a 200
 * @throws Problem `not-granted`; `unhealthy`, with the steps and what to change
 */
export async function checkHealth(
  relay: RelayContext,
  upstream: Pick<Upstream, 'tokens' | 'webServerHostname'>,
  caller: Caller | undefined,
): Promise<Record<string, unknown>> {
  const { environment, send, signal, timeLeftMs, audit } = relay;
  const { airflow, timeouts } = environment;
  const invocation: Invocation = { command: HEALTH_COMMAND, values: new Map(), addedByProxy: new Set() };
  audit.command = HEALTH_COMMAND.path;
  if (caller !== undefined) authorizeInvocation(environment, caller, invocation, audit);
  writeAuditIntent(audit);

  const trace = {};
  audit.trace = trace;
  const describeReleaseMismatch = (running?: string) =>
    `Airflow ${running ?? 'of another release'} answers, and commands are read as those of ${airflow}: set airflow: ` +
    `${running ?? 'to its release'} in the configuration, look at the warnings of its grants, and deploy.`;
  const way = {
    ...{ upstream, send, signal, timeLeftMs, airflow, describeReleaseMismatch, trace },
    stepTimeoutMs: timeouts.connectSeconds * 1000,
  };
  const steps = await runSteps(CONNECTIVITY_STEPS, (take) => checkConnectivity(take, way));
  const failed = steps.find(({ status }) => status === 'failed');
  const result = {
    environment: environment.name,
    airflowVersion: airflow,
    healthy: failed === undefined,
    steps,
  };
  audit.healthy = result.healthy;
  if (failed !== undefined) {
    audit.failedStep = failed.step;
    throw new Problem('unhealthy', `The way to Airflow is broken at: ${failed.step}. ${failed.detail}`, result);
  }
  audit.outcome = 'succeeded';
  return result;
}
