import { parseVersionOutput } from '../../airflow/parse-version-output.ts';
import { determineVerdict } from '../../airflow/verdict.ts';
import { getErrorCode } from '../connection/connection-step.ts';
import { runConnectionSteps } from '../connection/run-connection-steps.ts';
import type { RunStep } from '../connection/run-steps.ts';
import type { SendCommand, SendTrace, Upstream } from './send-command-types.ts';
import { VERSION_COMMAND_LINE, VERSION_INVOCATION } from './version-command.ts';

/** The steps of a connectivity check, in order. */
export const CONNECTIVITY_STEPS = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'] as const;

export interface ConnectivityCheck {
  readonly upstream: Pick<Upstream, 'tokens' | 'webServerHostname' | 'remedies'>;
  readonly send: SendCommand;
  readonly signal: AbortSignal;
  readonly timeLeftMs: () => number;
  /** Time limit of each connection step. */
  readonly stepTimeoutMs: number;
  /** The release whose catalog is used, as in `2.10.3`. Undefined: any release is accepted. */
  readonly airflow: string | undefined;
  /** Says what to change if the environment runs another release, which may be unknown. */
  readonly describeReleaseMismatch: (running?: string) => string;
  readonly trace: SendTrace;
  /** Describes what a successful step found. Default: no description. */
  readonly describeResult?: (result: string) => string;
}

/**
 * Checks each step of the connection to Airflow separately: the token, name resolution, connecting, TLS, the command `version`, and whether the
 * environment runs the configured release.
 */
export async function checkConnectivity(
  runStep: RunStep<(typeof CONNECTIVITY_STEPS)[number]>,
  check: ConnectivityCheck,
): Promise<void> {
  const { upstream, send, signal, timeLeftMs, airflow, trace, describeResult = () => undefined } = check;
  const { tokens, remedies } = upstream;
  const returnedHostname = await runStep('token', async () => (await tokens.get(signal)).hostname, describeResult);
  const hostname = upstream.webServerHostname ?? returnedHostname;
  await runConnectionSteps(runStep, {
    hostname,
    stepTimeoutMs: check.stepTimeoutMs,
    signal,
    describeRemedy: (step, error) => `${hostname} (${getErrorCode(error)}). ${remedies.webServer[step]}`,
    ...(check.describeResult && { describeResult: check.describeResult }),
  });
  const running = await runStep(
    'version',
    async () => {
      const command = { commandLine: VERSION_COMMAND_LINE, readOnly: true, timeLeftMs, trace };
      const { status, streams } = await send(command, signal).catch((cause: Error) => {
        // Earlier releases return 404 for the path of Airflow 3. In the opposite case, Airflow 3 returns a redirect.
        if (trace.upstreamStatus !== 404 || !(Number.parseInt(airflow ?? '', 10) >= 3)) throw cause;
        throw new Error(`${cause.message} Most likely cause: ${check.describeReleaseMismatch()}`, { cause });
      });
      const version = parseVersionOutput(streams.stdout);
      const { outcome, evidence } = determineVerdict(VERSION_INVOCATION, status, streams, airflow ?? version ?? '');
      if (outcome === 'succeeded' && version !== undefined) return version;
      throw new Error(`The command version did not print a version: ${evidence}. Check the web server's log.`);
    },
    describeResult,
  );
  await runStep(
    'release',
    async () => {
      if (airflow !== undefined && running !== airflow) throw new Error(check.describeReleaseMismatch(running));
      return running;
    },
    describeResult,
  );
}
