import { Problem } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problem-types.ts';
import type { WebServerResponse } from '../connection/exchange.ts';
import { createUnknownOutcomeProblem, describeWorkerTimeout, type SentRequest } from '../sent-problems.ts';
import type { AnswerKind } from './classify-answer.ts';
import { describeAnswer } from './describe-answer.ts';
import type { RestRemedies } from './rest-remedies.ts';
import type { RestUpstream } from './send-call-types.ts';
import { getSessionSecret, type WebSession } from './web-session.ts';

/** The problem for a server that failed, by the status of its response. The others are `airflow-error`. */
const FAILURE_BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  408: 'airflow-timeout',
  429: 'throttled',
  503: 'environment-not-available',
  504: 'airflow-timeout',
};

const getFailureCode = (status: number): ProblemCode => FAILURE_BY_STATUS[status] ?? 'airflow-error';

/** A login that returned no session. */
export interface FailedLogin {
  readonly response: WebServerResponse;
  readonly hostname: string;
  readonly airflow: string;
  readonly path: string;
  /** Name of the cookie. */
  readonly cookie: string;
  readonly secrets: readonly string[];
}

/** The problem for a login that returned no session. */
export function createFailedLoginProblem(
  { response, hostname, airflow, path, cookie, secrets }: FailedLogin,
  remedies: RestRemedies,
): Problem {
  const { status } = response;
  const answer = describeAnswer(response, secrets);
  const members = { upstreamStatus: status };
  if (status === 404 || status === 405) {
    const detail =
      `The web server ${hostname} has no login of Airflow ${airflow} at ${path} (${answer}). Check that the environment runs this ` +
      'release. Nothing was run.';
    return new Problem('token-refused', detail, members);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const detail =
      `The login at the web server failed (${answer}). Nothing was run. Send the request again. If the problem persists, check the ` +
      "web server's log and the environment's status in MWAA.";
    return new Problem(getFailureCode(status), detail, members);
  }
  const what =
    status < 400 ? `The login at the web server returned no cookie ${cookie}` : 'The web server rejected a new token';
  return new Problem('token-refused', `${what} (${answer}). ${remedies.tokenRejected} Nothing was run.`, members);
}

/** A call, and a response to it that is not passed on. */
export interface RefusedAnswer {
  readonly sentRequest: SentRequest;
  readonly session: WebSession;
  readonly response: WebServerResponse;
  /** How long the call took. */
  readonly afterMs: number;
}

/** The problem for a response that is not passed on. */
export function createCallProblem(
  kind: Exclude<AnswerKind, 'answer'>,
  { sentRequest, session, response, afterMs }: RefusedAnswer,
  { airflowRole, remedies }: Pick<RestUpstream, 'airflowRole' | 'remedies'>,
): Problem {
  const { status } = response;
  const { readOnly, problemMembers } = sentRequest;
  const members = { upstreamStatus: status, ...problemMembers };
  const answer = describeAnswer(response, [getSessionSecret(session)]);
  const toProblem = (code: ProblemCode, detail: string, more: Readonly<Record<string, unknown>> = {}) =>
    new Problem(code, detail, { ...more, ...members });
  if (kind === 'session refused') {
    const detail = `The web server rejected a new session too (${answer}). ${remedies.tokenRejected} Nothing was run.`;
    return toProblem('token-refused', detail);
  }
  if (kind === 'role refused') {
    const detail =
      `Airflow does not allow this request to the role ${airflowRole}, which ${remedies.subject} has there. Nothing was run. ` +
      remedies.roleRefused;
    return toProblem('role-refused', detail, { airflowRole });
  }
  if (kind === 'refused') {
    const detail =
      `The web server rejected the request with an error page (${answer}). Nothing was run. Check that the environment runs the ` +
      'configured release.';
    return toProblem('call-refused', detail);
  }
  if (kind === 'redirect' || (kind === 'moved' && readOnly)) {
    const detail =
      `The Airflow web server ${session.hostname} returned a redirect that is not followed: it redirects to ` +
      `${getRedirectOrigin(response, session)}. Nothing was sent there, and nothing was changed. ${remedies.webServerRedirect}`;
    return toProblem('redirect-refused', detail);
  }
  const reason = describeFailedAnswer(kind, { session, response, afterMs }, answer);
  if (!readOnly) return createUnknownOutcomeProblem(sentRequest, reason, {}, members);
  const detail =
    `Airflow did not answer the request: ${reason}. The request changes nothing, so send it again. If the problem persists, check the web ` +
    "server's log and the environment's status in MWAA.";
  return toProblem(getFailureCode(status), detail);
}

function describeFailedAnswer(
  kind: AnswerKind,
  { session, response, afterMs }: Pick<RefusedAnswer, 'session' | 'response' | 'afterMs'>,
  answer: string,
): string {
  if (kind === 'login page') return `its login page is in place of the answer (${answer})`;
  if (kind === 'moved') return `the web server redirects to ${getRedirectOrigin(response, session)} (${answer})`;
  if (response.status < 400) return `the answer is not one of the API (${answer})`;
  return `the web server returned ${answer}${response.status < 500 ? '' : describeWorkerTimeout('request', afterMs)}`;
}

/** Only the origin: the path may contain a secret. */
function getRedirectOrigin({ headers: { location } }: WebServerResponse, { hostname }: WebSession): string {
  const base = `https://${hostname}`;
  return location !== undefined && URL.canParse(location, base) ? new URL(location, base).origin : 'an invalid address';
}
