import { escapeInvisible } from '../airflow/escape-text.ts';
import { WAIT_LONGER_ADVICE } from '../contract/wait-advice.ts';
import { EXIT_CODES, getExitCode } from './exit-codes.ts';
import { CHECK_ADVICE } from './library/check-advice.ts';
import { ProxyProblem } from './library/proxy-problem.ts';
import { ConnectionError } from './library/send-http-request.ts';
import { SettingsError } from './library/settings-error.ts';
import { SETTING_VARIABLES } from './setting-variables.ts';
import type { Settings } from './settings.ts';

/** The exit code and the message of a program that failed. */
export interface ClientFailure {
  readonly exitCode: number;
  readonly text: string;
}

/** @param settings undefined if they could not be loaded */
export function toClientFailure(error: unknown, settings: Settings | undefined, signal: AbortSignal): ClientFailure {
  const failure = describeFailure(error, settings, signal);
  const isAboutSettings = failure.exitCode === EXIT_CODES.setup || failure.exitCode === EXIT_CODES.unavailable;
  return isAboutSettings && !(error instanceof ProxyProblem)
    ? { ...failure, text: `${describeDirectAccess(settings)}${failure.text}` }
    : failure;
}

/** Where commands are sent, if that may be a surprise. It comes first: whoever forgot the address need not read on. */
const describeDirectAccess = (settings: Settings | undefined): string =>
  settings !== undefined && 'mwaa' in settings
    ? `${SETTING_VARIABLES.url} is not set, so commands are sent directly to MWAA. `
    : '';

function describeFailure(error: unknown, settings: Settings | undefined, signal: AbortSignal): ClientFailure {
  if (error instanceof SettingsError) return { exitCode: EXIT_CODES.setup, text: error.message };
  const problem = error instanceof ProxyProblem ? error : undefined;
  if (signal.aborted && (problem === undefined || problem.code === 'busy'))
    return { exitCode: EXIT_CODES.interrupted, text: describeInterruption(problem !== undefined) };
  if (problem !== undefined && settings !== undefined)
    return { exitCode: getExitCode(problem, settings), text: formatProblem(problem, settings) };
  if ((error as Error).name === 'CredentialsProviderError') {
    const reason = (error as Error).message.replace(/\.$/, '');
    const profile = settings?.awsProfile;
    const text =
      profile === undefined
        ? `No AWS credentials were found (${reason}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login).`
        : `The AWS profile ${profile} has no usable credentials (${reason}). Log in (aws sso login --profile ${profile}), or set AWS_PROFILE to another profile.`;
    return { exitCode: EXIT_CODES.setup, text };
  }
  if (error instanceof ConnectionError && error.outcomeUnknown) {
    const reason = getErrorReason(error);
    const text = `The connection was lost (${reason}). ${CHECK_ADVICE}`;
    return { exitCode: EXIT_CODES.unknown, text };
  }
  const target = settings && 'proxy' in settings ? settings.proxy.url : 'MWAA';
  const text = `${target} cannot be reached (${getErrorReason(error)}). Run "mwaa doctor" to find out why.`;
  return { exitCode: EXIT_CODES.unavailable, text };
}

/** @param isWaiting between two requests for a slot. While a request is on its way, it may get a slot and run */
const describeInterruption = (isWaiting: boolean): string =>
  isWaiting
    ? 'interrupted while waiting for a free slot. The command did not run.'
    : 'interrupted. The command may still run: check in Airflow before you send it again.';

/** Problems that say how Airflow ran the command or read its words. They do not depend on where it was sent. */
export const AIRFLOW_PROBLEMS: readonly string[] = [
  'command-failed',
  'invalid-command',
  'outcome-unclear',
  'logical-date-collision',
];

/** A problem as one line: its detail, the environments that the caller can use if there is no such one, and the id of the request. It may repeat text of others. */
export function formatProblem({ code, problem }: ProxyProblem, settings: Settings): string {
  const { detail, environments = [], requestId } = problem;
  const isListed = environments.every((name) => detail.includes(name));
  const list = isListed ? '' : ` Environments that you can use: ${environments.join(', ')}.`;
  const text = code === 'busy' ? detail.replace(WAIT_LONGER_ADVICE, SHELL_WAIT_ADVICE) : detail;
  const access = AIRFLOW_PROBLEMS.includes(code) ? '' : describeDirectAccess(settings);
  return escapeInvisible(`${access}${text}${list}${requestId ? ` (request ${requestId})` : ''}`);
}

/** The API speaks of a header. At a shell, an option and a variable do the same. */
export const SHELL_WAIT_ADVICE = `without --no-wait, or with a larger ${SETTING_VARIABLES.waitSeconds}`;

function getErrorReason(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
