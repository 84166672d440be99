import { runSteps } from '../../mwaa/connection/run-steps.ts';
import { checkRestConnectivity, REST_CONNECTIVITY_STEPS } from '../../mwaa/rest/check-rest-connectivity.ts';
import type { Caller } from '../../policy/caller.ts';
import { authorizeInvocation } from '../command/authorize-invocation.ts';
import { HEALTH_INVOCATION } from '../command/health-invocation.ts';
import { describeReleaseMismatch, reportHealth } from '../relay/check-health.ts';
import { writeIntent } from '../relay/relay-log.ts';
import type { RestContext } from './relay-call.ts';

/**
 * Checks each step of the way to Airflow's REST API separately.
 *
 * @returns the body of a 200
 * @throws Problem `not-granted`; `unhealthy`, with the steps and what to change
 */
export async function checkRestHealth(context: RestContext, caller: Caller): Promise<Record<string, unknown>> {
  const { environment, upstream, signal, record } = context;
  const { airflow, operations, timeouts } = environment;
  record.command = HEALTH_INVOCATION.command.path;
  record.airflowRole = upstream.airflowRole;
  authorizeInvocation(environment, caller, [HEALTH_INVOCATION], record);
  writeIntent(record);

  const trace = {};
  record.trace = trace;
  const check = {
    upstream,
    signal,
    stepTimeoutMs: timeouts.connectSeconds * 1000,
    airflow,
    basePath: operations.basePath,
    describeReleaseMismatch: (running: string) => describeReleaseMismatch(airflow, running),
    trace,
  };
  const steps = await runSteps(REST_CONNECTIVITY_STEPS, (runStep) => checkRestConnectivity(runStep, check));
  return reportHealth(environment, steps, record, { airflowRole: upstream.airflowRole });
}
