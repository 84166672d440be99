import type { Invocation } from '../../airflow/invocation.ts';
import { printedRelease } from '../../airflow/printed.ts';
import { render } from '../../airflow/render.ts';
import { judge } from '../../airflow/verdict.ts';
import { RELAY_ADVICE } from './advice.ts';
import { connectStepByStep } from './connect.ts';
import { nameOfError } from './connection-step.ts';
import type { SendCommand, SendTrace, Upstream } from './send-command.ts';
import type { Take } from './step-by-step.ts';

/** The steps of the way to Airflow, in their order. */
export const STEPS_TO_AIRFLOW = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'] as const;

export interface WayToAirflow {
  readonly upstream: Pick<Upstream, 'tokens' | 'hostname' | 'advice'>;
  readonly send: SendCommand;
  readonly signal: AbortSignal;
  readonly timeLeftMs: () => number;
  /** How long each step of connecting may take. */
  readonly connectMs: number;
  /** The release that commands are read by, as in `2.10.3`. Undefined: whichever answers. */
  readonly airflow: string | undefined;
  /** What to change where another release answers; which one may not be known. */
  readonly otherRelease: (running?: string) => string;
  readonly trace: SendTrace;
  /** What to tell of a step that goes well. Default: nothing. */
  readonly found?: (result: string) => string;
}

/** A command of every release, which changes nothing and needs nothing. */
const VERSION: Invocation = { command: { path: ['version'], arguments: [] }, values: new Map(), added: new Set() };

/**
 * Takes each step to Airflow by itself: the token, name resolution, connecting, TLS, the command `version`, and whether it is the
 * release that commands are read by.
 */
export async function goToAirflow(take: Take<(typeof STEPS_TO_AIRFLOW)[number]>, way: WayToAirflow): Promise<void> {
  const { upstream, send, signal, timeLeftMs, airflow, trace, found = () => undefined } = way;
  const { tokens, hostname, advice = RELAY_ADVICE } = upstream;
  const named = await take('token', async () => (await tokens.get(signal)).hostname, found);
  const host = hostname ?? named;
  await connectStepByStep(take, {
    hostname: host,
    stepMs: way.connectMs,
    signal,
    advise: (step, error) => `${host} (${nameOfError(error)}). ${advice.webServer[step]}`,
    ...(way.found && { found: way.found }),
  });
  const running = await take(
    'version',
    async () => {
      const command = { line: render(VERSION), repeatable: true, timeLeftMs, trace };
      const { status, streams } = await send(command, signal).catch((cause: Error) => {
        // The path that Airflow 3 is asked at is none of those before it; the other way round it redirects.
        if (trace.upstreamStatus !== 404 || !(Number.parseInt(airflow ?? '', 10) >= 3)) throw cause;
        throw new Error(`${cause.message} Most likely: ${way.otherRelease()}`, { cause });
      });
      const printed = printedRelease(streams.stdout);
      const { outcome, evidence } = judge(VERSION, status, streams, airflow ?? printed ?? '');
      if (outcome === 'succeeded' && printed !== undefined) return printed;
      throw new Error(`Airflow did not tell its version: ${evidence}. Look at the web server's log.`);
    },
    found,
  );
  await take(
    'release',
    async () => {
      if (airflow !== undefined && running !== airflow) throw new Error(way.otherRelease(running));
      return running;
    },
    found,
  );
}
