import { Problem } from '../../contract/problem.ts';
import { CONNECTIVITY_STEPS, checkConnectivity } from '../../mwaa/cli/check-connectivity.ts';
import type { Upstream } from '../../mwaa/cli/send-command-types.ts';
import { runSteps, type StepResult } from '../../mwaa/connection/run-steps.ts';
import type { Caller } from '../../policy/caller.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { HEALTH_INVOCATION } from '../command/health-invocation.ts';
import type { RelayContext } from './relay-environment.ts';
import { type RelayRecord, writeIntent } from './relay-log.ts';

/**
 * Runs a health check: checks each step of the connection to Airflow separately.
 *
 * @param caller undefined for the schedule, which needs no grant because it gets no response
 * @returns the body of a 200
 * @throws Problem `not-granted`; `unhealthy`, with the steps and what to change
 */
export async function checkHealth(
  relay: RelayContext,
  upstream: Pick<Upstream, 'tokens' | 'webServerHostname' | 'remedies'>,
  caller: Caller | undefined,
): Promise<Record<string, unknown>> {
  const { environment, send, signal, timeLeftMs, record } = relay;
  const { airflow, timeouts } = environment;
  record.command = HEALTH_INVOCATION.command.path;
  if (caller !== undefined) authorizeInvocation(environment, caller, [HEALTH_INVOCATION], record);
  writeIntent(record);

  const trace = {};
  record.trace = trace;
  const check = {
    upstream,
    send,
    signal,
    timeLeftMs,
    stepTimeoutMs: timeouts.connectSeconds * 1000,
    airflow,
    describeReleaseMismatch: (running?: string) => describeReleaseMismatch(airflow, running),
    trace,
  };
  const steps = await runSteps(CONNECTIVITY_STEPS, (runStep) => checkConnectivity(runStep, check));
  record.healthy = steps.every(({ status }) => status === 'ok');
  return reportHealth(environment, steps, record);
}

/**
 * The result of a health check.
 *
 * @param members further members of the result
 * @throws Problem `unhealthy` if a step failed
 */
export function reportHealth(
  { name, airflow }: { readonly name: string; readonly airflow: string },
  steps: readonly StepResult[],
  record: RelayRecord,
  members: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const failed = steps.find(({ status }) => status === 'failed');
  const result = { environment: name, airflowVersion: airflow, healthy: failed === undefined, ...members, steps };
  if (failed !== undefined) {
    record.failedStep = failed.step;
    throw new Problem('unhealthy', `The health check failed at step "${failed.step}". ${failed.detail}`, result);
  }
  record.outcome = 'succeeded';
  return result;
}

export const describeReleaseMismatch = (configured: string, running: string | undefined): string =>
  `The environment runs ${running === undefined ? 'another release' : `Airflow ${running}`}, but the configuration names ` +
  `${configured}, so commands and requests are parsed for the wrong release. Set "airflow: ${running ?? 'RELEASE'}" in the ` +
  'configuration, check the warnings about its grants, and deploy.';
