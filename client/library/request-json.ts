import { PROBLEM_TYPE_PREFIX } from '../../contract/problem-type-prefix.ts';
import { OIDC_PATH } from '../../contract/routes.ts';
import type { ProblemDetails } from './api-types.ts';
import type { CredentialSource } from './credentials.ts';
import { parseJsonObject } from './parse-json.ts';
import { FOREIGN_ANSWER_TYPE } from './proxy-problem.ts';
import type { AnswerMember } from './retry-rules.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';
import { SettingsError } from './settings-error.ts';
import { signedFetch } from './signed-fetch.ts';

/** How the caller authenticates: with a signature, or with a token of the issuer that the API trusts. */
export type CallerCredentials =
  | { readonly credentials: CredentialSource; readonly region: string }
  | { readonly token: () => Promise<string> };

/** The address of the API, and the credentials of its caller. */
export type ProxyAddress = CallerCredentials & {
  /** Including the stage. */
  readonly url: string;
  /** How requests are sent. Default: with the HTTP client of Node.js. */
  readonly send?: typeof sendHttpRequest;
};

export interface ApiRequestOptions {
  /** JSON text. Undefined: the request is a GET. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** A member that every successful answer has. */
  readonly member?: AnswerMember;
}

export type ApiResult<Body> =
  | { readonly ok: true; readonly value: Body }
  | { readonly ok: false; readonly problem: ProblemDetails; readonly retryAfterSeconds?: number };

/**
 * Sends one request to the API, without retries.
 *
 * @param path the path after the stage, with a leading slash
 * @throws like `sendHttpRequest`; SettingsError
 */
export async function requestJson<Body>(
  proxy: ProxyAddress,
  path: string,
  options: ApiRequestOptions = {},
): Promise<ApiResult<Body>> {
  const response = await sendApiRequest(proxy, path, options);
  const text = await response.text();
  if (response.ok) {
    const body = parseJsonObject(text);
    if (body !== undefined && hasMember(body, options.member)) return { ok: true, value: body as Body };
  }
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return {
    ok: false,
    problem: parseProblem(text, response.status),
    ...(retryAfterSeconds >= 0 ? { retryAfterSeconds } : {}),
  };
}

/** Sends one request to the API and returns the response unparsed. Throws like `sendHttpRequest`. */
export async function sendApiRequest(
  proxy: ProxyAddress,
  path: string,
  { body, headers = {}, signal }: ApiRequestOptions = {},
): Promise<ReceivedResponse> {
  const url = getApiUrl(proxy, path);
  const { send = sendHttpRequest } = proxy;
  if (!('token' in proxy)) {
    const options = { headers, send, ...(signal === undefined ? {} : { signal }) };
    return signedFetch(url, body, proxy.credentials, proxy.region, options);
  }
  const authorization = `Bearer ${checkToken(await proxy.token())}`;
  const bodyHeaders: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  return send(url, { body, headers: { ...headers, ...bodyHeaders, authorization }, signal });
}

/** Visible ASCII. Anything else would end the header, or change on the way. */
const TOKEN = /^[\x21-\x7e]+$/;

/** @throws SettingsError. Its message does not show the token */
function checkToken(token: string): string {
  if (TOKEN.test(token)) return token;
  const fault = token === '' ? 'is empty' : 'has characters that a token cannot have';
  throw new SettingsError(`The token ${fault}. Check where it comes from.`);
}

/** The URL of a path of the API. Callers with a token use the same paths below `/oidc`. */
export const getApiUrl = (proxy: ProxyAddress, path: string): URL =>
  new URL(`${proxy.url.replace(/\/+$/, '')}${'token' in proxy ? `/${OIDC_PATH}` : ''}${path}`);

function hasMember(body: Readonly<Record<string, unknown>>, member: AnswerMember | undefined): boolean {
  if (member === undefined) return true;
  const value = body[member.name];
  if (member.value === 'list') return Array.isArray(value);
  return member.value === 'boolean' ? typeof value === 'boolean' : member.value.includes(value as string);
}

/** The problem in a response. A body that is not a problem of the API, for example of a network proxy, is described as one. */
function parseProblem(text: string, status: number): ProblemDetails {
  const problem = parseJsonObject(text) as Partial<ProblemDetails> | undefined;
  if (String(problem?.type).startsWith(PROBLEM_TYPE_PREFIX) && typeof problem?.detail === 'string')
    return { ...problem, status } as ProblemDetails;
  const detail = `The response (HTTP ${status}) is not from the proxy. Check that MWAA_CLI_PROXY_URL is the address of its API.`;
  return { type: FOREIGN_ANSWER_TYPE, title: 'Unexpected response', status, detail };
}
