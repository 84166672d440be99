import type { Invocation } from '../../airflow/invocation.ts';
import { render } from '../../airflow/render.ts';
import { withoutAnsi } from '../../airflow/streams.ts';
import { judge } from '../../airflow/verdict.ts';
import type { Caller } from '../../policy/caller.ts';
import { HEALTH } from '../../policy/sets.ts';
import { RELAY_ADVICE } from '../mwaa/advice.ts';
import { connecting } from '../mwaa/connect.ts';
import type { SendTrace, Upstream } from '../mwaa/send-command.ts';
import { unlessAborted, within } from '../mwaa/within.ts';
import { Problem } from '../problem.ts';
import { writeIntent } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Relay } from './relay-environment.ts';

/** A command of every release, which changes nothing and needs nothing. */
const VERSION: Invocation = { command: { path: ['version'], arguments: [] }, values: new Map(), added: new Set() };

/** One step of the way to Airflow. Those behind one that failed are not tried. */
export interface HealthStep {
  readonly step: string;
  readonly status: 'ok' | 'failed' | 'not tried';
  readonly durationMs?: number;
  /** What to change. */
  readonly detail?: string;
}

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

  const steps = new Steps();
  await tryEach(relay, upstream, steps);
  const result = {
    environment: environment.name,
    airflowVersion: environment.airflow,
    healthy: steps.failed === undefined,
    steps: steps.taken,
  };
  audit.healthy = result.healthy;
  if (steps.failed !== undefined) {
    audit.failedStep = steps.failed.step;
    throw new Problem(
      'unhealthy',
      `The way to Airflow is broken at: ${steps.failed.step}. ${steps.failed.detail}`,
      result,
    );
  }
  audit.outcome = 'succeeded';
  return result;
}

async function tryEach(
  { environment, send, signal, timeLeftMs, audit }: Relay,
  { tokens, hostname }: Pick<Upstream, 'tokens' | 'hostname'>,
  steps: Steps,
): Promise<void> {
  const token = await steps.take('token', () => tokens.get(signal));
  const host = hostname ?? token?.hostname ?? '';
  const connection = connecting(host);
  const connectMs = environment.timeouts.connectSeconds * 1000;
  for (const { step, run } of connection.steps) {
    await steps.take(step, () =>
      within(connectMs, signal, (limit) => unlessAborted(run(limit), limit)).catch((error: NodeJS.ErrnoException) => {
        throw new Error(`${host} (${error.code ?? error.name}). ${RELAY_ADVICE.webServer[step]}`);
      }),
    );
  }
  connection.close();
  const running = await steps.take('version', async () => {
    const trace: SendTrace = {};
    audit.trace = trace;
    const { status, streams } = await send({ line: render(VERSION), repeatable: true, timeLeftMs, trace }, signal);
    const { outcome, evidence } = judge(VERSION, status, streams, environment.airflow);
    const printed = /^\d+\.\d+\.\d+/m.exec(withoutAnsi(streams.stdout))?.[0];
    if (outcome === 'succeeded' && printed !== undefined) return printed;
    throw new Error(`Airflow did not tell its version: ${evidence}. Look at the web server's log.`);
  });
  await steps.take('release', async () => {
    if (running === environment.airflow) return;
    throw new Error(
      `Airflow ${running} answers, and commands are read as those of ${environment.airflow}: set airflow: ${running} ` +
        'in the configuration, look at the warnings of its grants, and deploy.',
    );
  });
}

/** The steps in their order, with what became of each. */
class Steps {
  readonly taken: HealthStep[] = [];
  failed: HealthStep | undefined;

  /** Takes a step unless one before it has failed. What it throws is what to change. */
  async take<T>(step: string, run: () => Promise<T>): Promise<T | undefined> {
    if (this.failed !== undefined) {
      this.taken.push({ step, status: 'not tried' });
      return undefined;
    }
    const startedAt = performance.now();
    const took = (): number => Math.round(performance.now() - startedAt);
    try {
      const found = await run();
      this.taken.push({ step, status: 'ok', durationMs: took() });
      return found;
    } catch (error) {
      this.failed = { step, status: 'failed', durationMs: took(), detail: (error as Error).message };
      this.taken.push(this.failed);
      return undefined;
    }
  }
}
