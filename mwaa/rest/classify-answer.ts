import type { WebServerResponse } from '../connection/exchange.ts';
import { readErrorWords } from './describe-answer.ts';

/**
 * What a response of Airflow's REST API is.
 *
 * - `answer`: Airflow's own answer, which is passed on
 * - `session refused`: the web server rejected the session before it read the call
 * - `login page`: the page on which a person logs in, in place of an answer
 * - `role refused`: Airflow's role does not allow the call
 * - `redirect`: to somewhere else than the login page, for the same call
 * - `moved`: another redirect
 * - `refused`: an error page of a web server that did not process the call
 * - `failed`: an error of the server, or a page in place of an answer
 */
export type AnswerKind =
  | 'answer'
  | 'session refused'
  | 'login page'
  | 'role refused'
  | 'redirect'
  | 'moved'
  | 'refused'
  | 'failed';

const NOT_PROCESSED: ReadonlySet<AnswerKind> = new Set(['session refused', 'role refused', 'redirect', 'refused']);

/** Whether Airflow may have processed the call. */
export const isProcessed = (kind: AnswerKind): boolean => !NOT_PROCESSED.has(kind);

/** Classifies a response by its status and its content type. */
export function classifyAnswer(response: WebServerResponse): AnswerKind {
  const { status } = response;
  if (status === 401) return 'session refused';
  if (status >= 300 && status < 400) return classifyRedirect(response);
  if (FAILURES.has(status) || status >= 500) return 'failed';
  if (status === 403) return classifyForbidden(response);
  if (isApiAnswer(response)) return 'answer';
  if (status >= 400) return 'refused';
  return isLoginPage(response) ? 'login page' : 'failed';
}

function classifyRedirect(response: WebServerResponse): AnswerKind {
  if (isLoginRedirect(response)) return 'session refused';
  return response.status === 307 || response.status === 308 ? 'redirect' : 'moved';
}

/** Statuses below 500 that load balancers send, and that clients repeat by themselves. */
const FAILURES: ReadonlySet<number> = new Set([408, 429]);

/** What Airflow 3 says if it does not accept a JWT. The text is in `api_fastapi/core_api/security.py`. */
const INVALID_JWT = 'Invalid JWT token';

/** Airflow says no more than this if the role has no permission. Everything else that it forbids comes with a reason. */
const FORBIDDEN = 'Forbidden';

function classifyForbidden(response: WebServerResponse): AnswerKind {
  if (!isApiAnswer(response)) return 'refused';
  const words = readErrorWords(response);
  if (words === INVALID_JWT) return 'session refused';
  return words === undefined || words === FORBIDDEN ? 'role refused' : 'answer';
}

/** JSON, also of problems, and the two forms of logs and of the source of a DAG. */
const API_CONTENT = /^(?:application\/(?:[\w.+-]+\+)?json|application\/(?:x-)?ndjson|text\/plain)\s*(?:;|$)/i;

/** Whether a client of the API can read the response. Compressed content was not requested, and is not passed on. */
function isApiAnswer({ status, headers, body }: WebServerResponse): boolean {
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return false;
  return body.length === 0 ? status !== 200 : API_CONTENT.test(headers['content-type'] ?? '');
}

const LOGIN_PATH = /(?:^|\/)(?:log-?in|sign-?in|aws-console-sso)(?:\/|$)/i;
const LOGIN_HOST = /(?:^|\.)signin\.(?:aws\.amazon\.com|amazonaws\.cn)$/;

function isLoginRedirect({ headers: { location } }: WebServerResponse): boolean {
  const base = 'https://web-server.invalid';
  if (location === undefined || !URL.canParse(location, base)) return false;
  const { pathname, hostname } = new URL(location, base);
  return LOGIN_PATH.test(pathname) || LOGIN_HOST.test(hostname);
}

const LOGIN_PAGE = /<title>[^<]*(?:sign|log)[ -]?in\b|<form[^>]*(?:sign|log)-?in|aws-console-sso/i;
/** A login page is short. */
const SEARCHED_CHARACTERS = 20_000;

const isLoginPage = ({ headers, body }: WebServerResponse): boolean =>
  /^text\/html\b/i.test(headers['content-type'] ?? '') &&
  LOGIN_PAGE.test(Buffer.from(body.slice(0, SEARCHED_CHARACTERS)).toString('utf8'));
