import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { ProblemDetails } from './library/answers.ts';
import { ProxyProblem } from './library/mwaa-cli-proxy.ts';
import { type Settings, SettingsFault } from './settings.ts';

/** How a program of ours ends where nothing came of what was asked: its exit code, and what it says. */
export interface Failure {
  readonly exitCode: number;
  readonly text: string;
}

/** Why nothing is known of an answer. @param settings undefined: what is wrong is wrong with them */
export function failureOf(error: unknown, settings: Settings | undefined, signal: AbortSignal): Failure {
  if (error instanceof SettingsFault) return { exitCode: EXIT.setup, text: error.message };
  if (error instanceof ProxyProblem && settings !== undefined)
    return { exitCode: exitCodeOf(error, settings), text: told(error.problem) };
  if (signal.aborted) {
    const text = 'interrupted. What was sent may still be running: look in Airflow before sending it again.';
    return { exitCode: EXIT.interrupted, text };
  }
  if ((error as Error).name === 'CredentialsProviderError') {
    return { exitCode: EXIT.setup, text: `no AWS credentials were found: ${(error as Error).message}` };
  }
  const where = settings && 'proxy' in settings ? settings.proxy.url : 'MWAA';
  return { exitCode: EXIT.unavailable, text: `${where} cannot be reached: ${reasonOf(error)}` };
}

/** A problem in one line. */
export const told = ({ detail, requestId }: ProblemDetails): string =>
  `${detail}${requestId ? ` (request ${requestId})` : ''}`;

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
