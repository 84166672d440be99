import { EXIT_CODES, getExitCode } from './exit-codes.ts';
import type { ProblemDetails } from './library/api-types.ts';
import { ProxyProblem } from './library/mwaa-cli-proxy-client.ts';
import type { Settings } from './settings.ts';
import { SettingsError } from './settings-error.ts';

/** The exit code and the message of a program that failed. */
export interface ClientFailure {
  readonly exitCode: number;
  readonly text: string;
}

/** @param settings undefined if they could not be loaded */
export function toClientFailure(error: unknown, settings: Settings | undefined, signal: AbortSignal): ClientFailure {
  if (error instanceof SettingsError) return { exitCode: EXIT_CODES.setup, text: error.message };
  if (error instanceof ProxyProblem && settings !== undefined)
    return { exitCode: getExitCode(error, settings), text: formatProblem(error.problem) };
  if (signal.aborted) {
    const text = 'interrupted. The command may still be running: check in Airflow before you send it again.';
    return { exitCode: EXIT_CODES.interrupted, text };
  }
  if ((error as Error).name === 'CredentialsProviderError') {
    const reason = (error as Error).message.replace(/\.$/, '');
    const remedy = 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login).';
    return { exitCode: EXIT_CODES.setup, text: `No AWS credentials were found (${reason}). ${remedy}` };
  }
  const target = settings && 'proxy' in settings ? settings.proxy.url : 'MWAA';
  const text = `${target} cannot be reached (${getErrorReason(error)}). Run "mwaa doctor" to find out why.`;
  return { exitCode: EXIT_CODES.unavailable, text };
}

/** A problem as one line: its detail and the id of the request. */
export const formatProblem = ({ detail, requestId }: ProblemDetails): string =>
  `${detail}${requestId ? ` (request ${requestId})` : ''}`;

function getErrorReason(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
