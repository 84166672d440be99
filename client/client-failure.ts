import { EXIT_CODES, getExitCode } from './exit-codes.ts';
import type { ProblemDetails } from './library/api-types.ts';
import { ProxyProblem } from './library/mwaa-cli-proxy.ts';
import { type Settings, SettingsError } from './settings.ts';

/** How a program of ours ends where nothing came of what was asked: its exit code, and what it says. */
export interface ClientFailure {
  readonly exitCode: number;
  readonly text: string;
}

/** Why nothing is known of an answer. @param settings undefined: what is wrong is wrong with them */
export function toClientFailure(error: unknown, settings: Settings | undefined, signal: AbortSignal): ClientFailure {
  if (error instanceof SettingsError) return { exitCode: EXIT_CODES.setup, text: error.message };
  if (error instanceof ProxyProblem && settings !== undefined)
    return { exitCode: getExitCode(error, settings), text: formatProblem(error.problem) };
  if (signal.aborted) {
    const text = 'interrupted. What was sent may still be running: look in Airflow before sending it again.';
    return { exitCode: EXIT_CODES.interrupted, text };
  }
  if ((error as Error).name === 'CredentialsProviderError') {
    return { exitCode: EXIT_CODES.setup, text: `no AWS credentials were found: ${(error as Error).message}` };
  }
  const where = settings && 'proxy' in settings ? settings.proxy.url : 'MWAA';
  return { exitCode: EXIT_CODES.unavailable, text: `${where} cannot be reached: ${getErrorReason(error)}` };
}

/** A problem in one line. */
export const formatProblem = ({ detail, requestId }: ProblemDetails): string =>
  `${detail}${requestId ? ` (request ${requestId})` : ''}`;

function getErrorReason(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
