import { WAIT_LONGER_ADVICE } from '../../contract/wait-advice.ts';
import { EXIT_CODES, getExitCode } from '../exit-codes.ts';
import type { ProblemDetails } from '../library/api-types.ts';
import { CHECK_ADVICE } from '../library/check-advice.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { ProxyAddress } from '../library/request-json.ts';
import { ConnectionError } from '../library/send-http-request.ts';
import { SettingsError } from '../library/settings-error.ts';
import { UsageError } from '../terminal.ts';
import { readClaims } from './github-token.ts';
import type { StepOutputs } from './pipeline.ts';

/** How a step failed. */
export interface DescribedFailure {
  readonly exitCode: number;
  readonly outcome: StepOutputs['outcome'];
  readonly title: string;
  readonly message: string;
}

/** What is known when a step fails. */
export interface FailureContext {
  readonly pipeline: { readonly isRetriedWithSameKey: boolean };
  readonly inputs: { readonly url: string; readonly environment: string };
  readonly proxy: ProxyAddress;
  readonly signal: AbortSignal;
  readonly token: string;
  readonly sent: number;
  readonly key: string | undefined;
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
const TOKEN_PROBLEMS: readonly string[] = ['not-authenticated', 'caller-refused'];

const NOT_RUN = { outcome: 'not-run', title: 'The command did not run' } as const;
const UNKNOWN = { outcome: 'unknown', title: 'It is unknown whether the command ran' } as const;

/** Describes why a command has no answer. */
export function describeFailure(error: unknown, context: FailureContext): DescribedFailure {
  const failure = describe(error, context);
  const { key, pipeline } = context;
  return failure.outcome === 'unknown' && key !== undefined
    ? { ...failure, message: `${failure.message} ${formatKeyAdvice(key, pipeline.isRetriedWithSameKey)}` }
    : failure;
}

/** Describes an error of the inputs. @throws other errors */
export function describeInputError(error: unknown): DescribedFailure {
  if (error instanceof SettingsError) return { ...NOT_RUN, exitCode: EXIT_CODES.setup, message: error.message };
  if (error instanceof UsageError) return { ...NOT_RUN, exitCode: EXIT_CODES.usage, message: error.message };
  throw error;
}

function describe(error: unknown, context: FailureContext): DescribedFailure {
  const { inputs, proxy, signal, token, sent } = context;
  const problem = error instanceof ProxyProblem ? error : undefined;
  // If it is aborted between two requests for a slot, the problem is "busy".
  if (signal.aborted && (problem === undefined || problem.code === 'busy'))
    return describeCancellation(sent > 0 && problem === undefined);
  if (problem !== undefined) {
    const exitCode = getExitCode(problem, { environment: inputs.environment, proxy, streamMode: 'all' });
    return { exitCode, ...classify(problem), message: formatProblem(problem, token) };
  }
  if (error instanceof ConnectionError) return describeConnectionError(error, inputs.url);
  if (sent === 0 && error instanceof SettingsError) return describeInputError(error);
  const { message } = error as Error;
  return sent === 0
    ? { ...NOT_RUN, exitCode: EXIT_CODES.unavailable, message }
    : { ...UNKNOWN, exitCode: EXIT_CODES.unknown, message: `${message} ${CHECK_ADVICE}` };
}

/** @param isOnItsWay whether the command was sent, and not answered */
const describeCancellation = (isOnItsWay: boolean): DescribedFailure =>
  isOnItsWay
    ? {
        exitCode: EXIT_CODES.interrupted,
        outcome: 'unknown',
        title: 'Cancelled, and it is unknown whether the command ran',
        message: `The step was cancelled while the command was on its way. ${CHECK_ADVICE}`,
      }
    : {
        exitCode: EXIT_CODES.interrupted,
        outcome: 'not-run',
        title: 'Cancelled',
        message: 'The step was cancelled before the command was sent. It did not run.',
      };

function describeConnectionError(error: ConnectionError, url: string): DescribedFailure {
  const reason = (error.cause as Error | undefined)?.message;
  const message = reason === undefined || reason === error.message ? error.message : `${error.message} (${reason})`;
  if (error.outcomeUnknown) return { ...UNKNOWN, exitCode: EXIT_CODES.unknown, message: `${message}. ${CHECK_ADVICE}` };
  // The other host that a step calls is the one that issues tokens, whose message says what to do.
  const isApi = error.message.includes(new URL(url).host);
  const advice = isApi ? ' Check the input url, and that the runner can reach it.' : '';
  const outcome = error.requestSent ? UNKNOWN : NOT_RUN;
  return { ...outcome, exitCode: EXIT_CODES.unavailable, message: `${message}.${advice}` };
}

function classify({ code, outcomeUnknown }: ProxyProblem): Pick<DescribedFailure, 'outcome' | 'title'> {
  if (code === 'command-failed') return { outcome: 'failed', title: 'The command failed' };
  if (outcomeUnknown) return UNKNOWN;
  if (MAY_HAVE_RUN.includes(code)) return { outcome: 'unknown', title: 'The outcome of the command is not known' };
  if (code === 'not-granted') return { outcome: 'not-run', title: 'The command is not granted' };
  return TOKEN_PROBLEMS.includes(code) ? { outcome: 'not-run', title: 'The API rejects the token' } : NOT_RUN;
}

function formatProblem({ code, problem }: ProxyProblem, token: string): string {
  const detail = code === 'busy' ? problem.detail.replace(WAIT_LONGER_ADVICE, 'or run the job again') : problem.detail;
  const request = problem.requestId ? ` (request ${problem.requestId})` : '';
  return `${detail}${request}${TOKEN_PROBLEMS.includes(code) ? describeToken(token, problem) : ''}`;
}

function describeToken(token: string, { issuer, audience }: ProblemDetails & { issuer?: unknown; audience?: unknown }) {
  const { iss, aud, sub } = readClaims(token);
  const accepted = issuer === undefined ? '' : ` The API accepts tokens of ${issuer} for ${JSON.stringify(audience)}.`;
  return ` The token of this job is of ${iss} for ${JSON.stringify(aud)}, with the subject ${sub}.${accepted}`;
}

const formatKeyAdvice = (key: string, isRetriedWithSameKey: boolean): string =>
  isRetriedWithSameKey
    ? `Or retry the job: it has the same key, so it starts no second run. Key: ${key}`
    : `Or run the job again with this key as the input idempotency-key: then it starts no second run. Without it, it can. Key: ${key}`;
