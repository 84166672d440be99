import { OIDC_PATH } from '../../contract/routes.ts';
import type { ProblemDetails } from './api-types.ts';
import type { CredentialSource } from './credentials.ts';
import { parseJsonObject } from './parse-json.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';
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
}

export type ApiResult<Body> =
  | { readonly ok: true; readonly value: Body }
  | { readonly ok: false; readonly problem: ProblemDetails; readonly retryAfterSeconds?: number };

/**
 * Sends one request to the API, without retries.
 *
 * @param path the path after the stage, with a leading slash
 * @throws like `sendHttpRequest`
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
    if (body !== undefined) return { ok: true, value: body as Body };
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
  const authorization = `Bearer ${await proxy.token()}`;
  const bodyHeaders: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  return send(url, { body, headers: { ...headers, ...bodyHeaders, authorization }, signal });
}

/** The URL of a path of the API. Callers with a token use the same paths below `/oidc`. */
export const getApiUrl = (proxy: ProxyAddress, path: string): URL =>
  new URL(`${proxy.url.replace(/\/+$/, '')}${'token' in proxy ? `/${OIDC_PATH}` : ''}${path}`);

/** The problem in a response. A body that is not a problem, for example of a network proxy, is described as one. */
function parseProblem(text: string, status: number): ProblemDetails {
  const problem = parseJsonObject(text) as Partial<ProblemDetails> | undefined;
  if (typeof problem?.type === 'string' && typeof problem.detail === 'string') return problem as ProblemDetails;
  const detail = `The response (HTTP ${status}) is not from the proxy. Check that MWAA_CLI_PROXY_URL is the address of its API.`;
  return { type: 'about:blank', title: 'Unexpected response', status, detail };
}
