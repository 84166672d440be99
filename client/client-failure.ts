import { escapeInvisible } from '../airflow/escape-text.ts';
import { EXIT_CODES, getExitCode } from './exit-codes.ts';
import type { ProblemDetails } from './library/api-types.ts';
import { ProxyProblem } from './library/proxy-problem.ts';
import { ConnectionError } from './library/send-http-request.ts';
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
  const problem = error instanceof ProxyProblem ? error : undefined;
  if (signal.aborted && (problem === undefined || problem.code === 'busy'))
    return { exitCode: EXIT_CODES.interrupted, text: describeInterruption(problem !== undefined) };
  if (problem !== undefined && settings !== undefined)
    return { exitCode: getExitCode(problem, settings), text: formatProblem(problem.problem) };
  if ((error as Error).name === 'CredentialsProviderError') {
    const reason = (error as Error).message.replace(/\.$/, '');
    const remedy = 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login).';
    return { exitCode: EXIT_CODES.setup, text: `No AWS credentials were found (${reason}). ${remedy}` };
  }
  if (error instanceof ConnectionError && error.outcomeUnknown) {
    const reason = getErrorReason(error);
    const text = `The connection was lost (${reason}). The command may have run: check in Airflow before you send it again.`;
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

/** A problem as one line: its detail, the environments that the caller can use if there is no such one, and the id of the request. It may repeat text of others. */
export function formatProblem({ detail, environments = [], requestId }: ProblemDetails): string {
  const isListed = environments.every((name) => detail.includes(name));
  const list = isListed ? '' : ` Environments that you can use: ${environments.join(', ')}.`;
  return escapeInvisible(`${detail}${list}${requestId ? ` (request ${requestId})` : ''}`);
}

function getErrorReason(error: unknown): string {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
}
