import { Refusal } from '../../airflow/refusal.ts';
import { WAIT_LONGER_ADVICE } from '../../contract/wait-advice.ts';
import { EXIT_CODES, getExitCode } from '../exit-codes.ts';
import { CHECK_ADVICE } from '../library/check-advice.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { ProxyAddress } from '../library/request-json.ts';
import { ConnectionError } from '../library/send-http-request.ts';
import { SettingsError } from '../library/settings-error.ts';
import { UsageError } from '../terminal.ts';
import type { StepOutputs } from './pipeline.ts';

/** How a step failed. */
export interface DescribedFailure {
  readonly exitCode: number;
  readonly outcome: StepOutputs['outcome'];
  readonly title: string;
  readonly message: string;
}

/** Problems of a command that may have run, besides those with an unknown outcome. */
const MAY_HAVE_RUN: readonly string[] = [
  'outcome-unclear',
  'relay-failed',
  'airflow-error',
  'airflow-timeout',
  'answer-too-large',
];

/** Problems of a request whose token the API rejects. */
export const TOKEN_PROBLEMS: readonly string[] = ['not-authenticated', 'caller-refused'];

const NOT_RUN = { outcome: 'not-run', title: 'The command did not run' } as const;
const UNKNOWN = { outcome: 'unknown', title: 'It is unknown whether the command ran' } as const;

/** Describes why a command has no answer. @param isSent whether it was sent at all */
export function describeFailure(
  error: unknown,
  { url, environment, proxy }: { readonly url: string; readonly environment: string; readonly proxy: ProxyAddress },
  isSent: boolean,
): DescribedFailure {
  const fallback = isSent ? UNKNOWN : NOT_RUN;
  if (error instanceof ProxyProblem) {
    const exitCode = getExitCode(error, { environment, proxy, streamMode: 'all' });
    return { exitCode, ...classify(error), message: formatProblem(error) };
  }
  if (error instanceof SettingsError)
    return { ...fallback, exitCode: isSent ? EXIT_CODES.unknown : EXIT_CODES.setup, message: error.message };
  if (error instanceof UsageError || error instanceof Refusal)
    return { ...fallback, exitCode: EXIT_CODES.usage, message: error.message };
  if (error instanceof ConnectionError) {
    const reason = (error.cause as Error | undefined)?.message;
    const message = reason === undefined || reason === error.message ? error.message : `${error.message} (${reason})`;
    if (error.outcomeUnknown)
      return { ...UNKNOWN, exitCode: EXIT_CODES.unknown, message: `${message}. ${CHECK_ADVICE}` };
    const target = error.message.includes(new URL(url).host)
      ? ` Check the input url, and that the runner can reach it.`
      : '';
    return {
      ...(error.requestSent ? UNKNOWN : NOT_RUN),
      exitCode: EXIT_CODES.unavailable,
      message: `${message}.${target}`,
    };
  }
  throw error;
}

function classify({ code, outcomeUnknown }: ProxyProblem): Pick<DescribedFailure, 'outcome' | 'title'> {
  if (code === 'command-failed') return { outcome: 'failed', title: 'The command failed' };
  if (outcomeUnknown) return UNKNOWN;
  if (MAY_HAVE_RUN.includes(code)) return { outcome: 'unknown', title: 'The outcome of the command is not known' };
  if (code === 'not-granted') return { outcome: 'not-run', title: 'The command is not granted' };
  return TOKEN_PROBLEMS.includes(code) ? { outcome: 'not-run', title: 'The API rejects the token' } : NOT_RUN;
}

function formatProblem({ code, problem }: ProxyProblem): string {
  const text = code === 'busy' ? problem.detail.replace(WAIT_LONGER_ADVICE, 'or run the job again') : problem.detail;
  return `${text}${problem.requestId ? ` (request ${problem.requestId})` : ''}`;
}
