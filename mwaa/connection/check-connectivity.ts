import type { Invocation } from '../../airflow/invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { parseVersionOutput } from '../../airflow/version-output.ts';
import { RELAY_REMEDIES } from '../cli/remedies.ts';
import type { SendCommand, SendTrace, Upstream } from '../cli/send-command.ts';
import { getErrorCode } from './connection-step.ts';
import { runConnectionSteps } from './run-connection-steps.ts';
import type { RunStep } from './run-steps.ts';

/** The steps of the way to Airflow, in their order. */
export const CONNECTIVITY_STEPS = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'] as const;

export interface ConnectivityCheck {
  readonly upstream: Pick<Upstream, 'tokens' | 'webServerHostname' | 'remedies'>;
  readonly send: SendCommand;
  readonly signal: AbortSignal;
  readonly timeLeftMs: () => number;
  /** How long each step of connecting may take. */
  readonly stepTimeoutMs: number;
  /** The release that commands are read by, as in `2.10.3`. Undefined: whichever answers. */
  readonly airflow: string | undefined;
  /** What to change where another release answers; which one may not be known. */
  readonly describeReleaseMismatch: (running?: string) => string;
  readonly trace: SendTrace;
  /** What to tell of a step that goes well. Default: nothing. */
  readonly describeResult?: (result: string) => string;
}

/** A command of every release, which changes nothing and needs nothing. */
const VERSION_INVOCATION: Invocation = {
  command: { path: ['version'], arguments: [] },
  values: new Map(),
  addedByProxy: new Set(),
};

/**
 * Takes each step to Airflow by itself: the token, name resolution, connecting, TLS, the command `version`, and whether it is the
 * release that commands are read by.
 */
export async function checkConnectivity(
  take: RunStep<(typeof CONNECTIVITY_STEPS)[number]>,
  way: ConnectivityCheck,
): Promise<void> {
  const { upstream, send, signal, timeLeftMs, airflow, trace, describeResult = () => undefined } = way;
  const { tokens, webServerHostname, remedies = RELAY_REMEDIES } = upstream;
  const named = await take('token', async () => (await tokens.get(signal)).hostname, describeResult);
  const host = webServerHostname ?? named;
  await runConnectionSteps(take, {
    hostname: host,
    stepTimeoutMs: way.stepTimeoutMs,
    signal,
    describeRemedy: (step, error) => `${host} (${getErrorCode(error)}). ${remedies.webServer[step]}`,
    ...(way.describeResult && { describeResult: way.describeResult }),
  });
  const running = await take(
    'version',
    async () => {
      const command = { commandLine: renderCommandLine(VERSION_INVOCATION), readOnly: true, timeLeftMs, trace };
      const { status, streams } = await send(command, signal).catch((cause: Error) => {
        // The path that Airflow 3 is asked at is none of those before it; the other way round it redirects.
        if (trace.upstreamStatus !== 404 || !(Number.parseInt(airflow ?? '', 10) >= 3)) throw cause;
        throw new Error(`${cause.message} Most likely: ${way.describeReleaseMismatch()}`, { cause });
      });
      const printed = parseVersionOutput(streams.stdout);
      const { outcome, evidence } = determineVerdict(VERSION_INVOCATION, status, streams, airflow ?? printed ?? '');
      if (outcome === 'succeeded' && printed !== undefined) return printed;
      throw new Error(`Airflow did not tell its version: ${evidence}. Look at the web server's log.`);
    },
    describeResult,
  );
  await take(
    'release',
    async () => {
      if (airflow !== undefined && running !== airflow) throw new Error(way.describeReleaseMismatch(running));
      return running;
    },
    describeResult,
  );
}
