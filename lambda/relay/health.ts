import type { Invocation } from '../../airflow/invocation.ts';
import { render } from '../../airflow/render.ts';
import { withoutAnsi } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import type { Caller } from '../../policy/caller.ts';
import { HEALTH } from '../../policy/sets.ts';
import { RELAY_ADVICE } from '../mwaa/advice.ts';
import { connectStepByStep } from '../mwaa/connect.ts';
import type { SendTrace, Upstream } from '../mwaa/send-command.ts';
import { stepByStep, type Take } from '../mwaa/step-by-step.ts';
import { Problem } from '../problem.ts';
import { writeIntent } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Relay } from './relay-environment.ts';

/** A command of every release, which changes nothing and needs nothing. */
const VERSION: Invocation = { command: { path: ['version'], arguments: [] }, values: new Map(), added: new Set() };

/** The way to Airflow. */
const STEPS = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'] as const;

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
  const { environment, audit } = relay;
  const invocation: Invocation = { command: HEALTH, values: new Map(), added: new Set() };
  audit.command = HEALTH.path;
  if (caller !== undefined) authorise(environment, caller, invocation, audit);
  writeIntent(audit);

  const steps = await stepByStep(STEPS, (take) => tryEach(relay, upstream, take));
  const failed = steps.find(({ status }) => status === 'failed');
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
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

async function tryEach(
  { environment, send, signal, timeLeftMs, audit }: Relay,
  { tokens, hostname }: Pick<Upstream, 'tokens' | 'hostname'>,
  take: Take<(typeof STEPS)[number]>,
): Promise<void> {
  const token = await take('token', () => tokens.get(signal));
  const host = hostname ?? token.hostname;
  await connectStepByStep(take, {
    hostname: host,
    stepMs: environment.timeouts.connectSeconds * 1000,
    signal,
    advise: (step, { code, name }) => `${host} (${code ?? name}). ${RELAY_ADVICE.webServer[step]}`,
  });
  const running = await take('version', async () => {
    const trace: SendTrace = {};
    audit.trace = trace;
    const { status, streams } = await send({ line: render(VERSION), repeatable: true, timeLeftMs, trace }, signal);
    const { outcome, evidence } = judge(VERSION, status, streams, environment.airflow);
    const printed = /^\d+\.\d+\.\d+/m.exec(withoutAnsi(streams.stdout))?.[0];
    if (outcome === 'succeeded' && printed !== undefined) return printed;
    throw new Error(`Airflow did not tell its version: ${evidence}. Look at the web server's log.`);
  });
  await take('release', async () => {
    if (running === environment.airflow) return;
    throw new Error(
      `Airflow ${running} answers, and commands are read as those of ${environment.airflow}: set airflow: ${running} ` +
        'in the configuration, look at the warnings of its grants, and deploy.',
    );
  });
}
