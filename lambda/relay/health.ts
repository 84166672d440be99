import type { Invocation } from '../../airflow/invocation.ts';
import type { Caller } from '../../policy/caller.ts';
import { HEALTH } from '../../policy/sets.ts';
import type { Upstream } from '../mwaa/send-command.ts';
import { stepByStep } from '../mwaa/step-by-step.ts';
import { goToAirflow, STEPS_TO_AIRFLOW } from '../mwaa/way-to-airflow.ts';
import { Problem } from '../problem.ts';
import { writeIntent } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Relay } from './relay-environment.ts';

/**
 * Tries each step of the way to Airflow by itself: the token, name resolution, connecting, TLS, the command `version`, and
 * whether it is the release that commands are read by.
 *
 * @param caller undefined for the schedule, to whom nothing is told and so nothing need be granted
 * @returns the body of a 200
 * @throws Problem `not-granted`; `unhealthy`, with the steps and what to change
 */
export async function checkHealth(
  relay: Relay,
  upstream: Pick<Upstream, 'tokens' | 'hostname'>,
  caller: Caller | undefined,
): Promise<Record<string, unknown>> {
  const { environment, send, signal, timeLeftMs, audit } = relay;
  const { airflow, timeouts } = environment;
  const invocation: Invocation = { command: HEALTH, values: new Map(), added: new Set() };
  audit.command = HEALTH.path;
  if (caller !== undefined) authorise(environment, caller, invocation, audit);
  writeIntent(audit);

  const trace = {};
  audit.trace = trace;
  const otherRelease = (running?: string) =>
    `Airflow ${running ?? 'of another release'} answers, and commands are read as those of ${airflow}: set airflow: ` +
    `${running ?? 'to its release'} in the configuration, look at the warnings of its grants, and deploy.`;
  const way = {
    ...{ upstream, send, signal, timeLeftMs, airflow, otherRelease, trace },
    connectMs: timeouts.connectSeconds * 1000,
  };
  const steps = await stepByStep(STEPS_TO_AIRFLOW, (take) => goToAirflow(take, way));
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
