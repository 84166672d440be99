import { Problem } from '../contract/problem.ts';
import type { NoResponseError } from './connection/no-response-error.ts';
import type { Remedies } from './remedies.ts';

/** What messages call what was sent, the answer to it, and what the caller can send again. */
const NOUNS = {
  command: { answer: 'output', repeated: 'it' },
  request: { answer: 'answer', repeated: 'it' },
  login: { answer: 'answer', repeated: 'the request' },
} as const;

type Noun = keyof typeof NOUNS;

/** What was sent to the web server, and what to report if there is no answer. */
export interface SentRequest {
  /** A command of the CLI, a request for the REST API, or the login before it. */
  readonly noun: Noun;
  /** It changes nothing in Airflow, so it may be sent again after an unknown outcome. */
  readonly readOnly: boolean;
  /** A sentence that says how to find out whether it ran, before it is sent again. */
  readonly unknownOutcomeRemedy?: string | undefined;
  /** Members of every problem that occurs after it was sent, such as `runId`. */
  readonly problemMembers?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Airflow's default for the time after which the web server ends a worker that is silent, and with it the command, less a margin: 120
 * seconds. Source: `webserver.web_server_worker_timeout` and `api.worker_timeout` in `config_templates/config.yml` of Airflow 2 and 3.
 */
const WORKER_TIMEOUT_MS = 120_000 - 5_000;

/** The time of an answer that was lost, and its likely cause if that time is the one after which a worker is ended. Otherwise empty. */
export const describeWorkerTimeout = (noun: Noun, afterMs: number): string =>
  afterMs < WORKER_TIMEOUT_MS
    ? ''
    : ` after ${Math.round(afterMs / 1000)} seconds. Airflow's web server probably ended its worker, as it does after 120 seconds by ` +
      `default: use a ${noun} that takes less time, or raise webserver.web_server_worker_timeout (Airflow 3: api.worker_timeout) of ` +
      'the environment';

/**
 * The problem for a request without a response. Only what changes nothing, or was never sent, may be repeated.
 *
 * @param afterMs how long the request took
 * @param host of the web server. Callers see it: it is no secret, and a wrong host is a common cause.
 */
export function createNoResponseProblem(
  request: SentRequest,
  host: string,
  error: NoResponseError,
  afterMs: number,
  remedies: Remedies,
): Problem {
  const { failure, sent, reason } = error;
  const { noun, readOnly, problemMembers } = request;
  const { answer, repeated } = NOUNS[noun];
  const options = { cause: error };
  if (failure === 'redirect') {
    const detail =
      `The Airflow web server ${host} returned a redirect that is not followed: ${reason}. Neither a token nor the ` +
      `${noun} was sent there, and nothing was run. ${remedies.webServerRedirect}`;
    return new Problem('redirect-refused', detail, { ...problemMembers }, options);
  }
  if (!sent) {
    const remedy = remedies.webServer[failure === 'size' || failure === 'timeout' ? 'exchange' : failure];
    const detail = `The Airflow web server ${host} cannot be reached (${failure}: ${reason}). ${remedy} Nothing was run.`;
    return new Problem('airflow-unreachable', detail, {}, options);
  }
  const likelyCause = failure === 'exchange' ? describeWorkerTimeout(noun, afterMs) : '';
  if (!readOnly) {
    const unknownReason =
      failure === 'size'
        ? `MWAA responded, but ${reason}, so neither the ${answer} nor the outcome could be read`
        : `${reason}${likelyCause}`;
    return createUnknownOutcomeProblem(request, unknownReason, options);
  }
  if (failure === 'size') {
    const detail = `Airflow's ${answer} was not returned, because ${reason}. The ${noun} changes nothing. ${remedies.responseTooLarge}`;
    return new Problem('answer-too-large', detail, { ...problemMembers }, options);
  }
  const timedOut = failure === 'timeout';
  const nextStep = timedOut ? remedies.airflowTimeout : "check the web server's log.";
  const detail =
    `Airflow did not respond: ${reason}${likelyCause}. The ${noun} changes nothing, so send ${repeated} again. If the problem persists, ` +
    nextStep;
  return new Problem(timedOut ? 'airflow-timeout' : 'airflow-error', detail, { ...problemMembers }, options);
}

/**
 * The problem for what was sent, and whose outcome is unknown.
 *
 * @param reason a clause, to follow a colon
 */
export function createUnknownOutcomeProblem(
  {
    noun,
    unknownOutcomeRemedy = 'Check in Airflow whether it ran before you send it again.',
    problemMembers,
  }: Omit<SentRequest, 'readOnly'>,
  reason: string,
  options: ErrorOptions = {},
  members: Readonly<Record<string, unknown>> = { ...problemMembers },
): Problem {
  const detail = `The ${noun} was sent, and its outcome is unknown: ${reason}. ${unknownOutcomeRemedy}`;
  return new Problem('outcome-unknown', detail, members, options);
}
