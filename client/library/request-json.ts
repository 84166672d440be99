import { OIDC_PATH } from '../../contract/routes.ts';
import type { ProblemDetails } from './api-types.ts';
import type { CredentialSource } from './credentials.ts';
import { type ReceivedResponse, sendHttpRequest } from './send-http-request.ts';
import { signedFetch } from './signed-fetch.ts';

/** Who calls: by a signature, or by a token of the issuer that the API trusts. */
export type CallerCredentials =
  | { readonly credentials: CredentialSource; readonly region: string }
  | { readonly token: () => Promise<string> };

/** The API, and who calls it. */
export type ProxyAddress = CallerCredentials & {
  /** With its stage. */
  readonly url: string;
};

export interface ApiRequestOptions {
  /** JSON. Left out: it is a GET. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export type ApiResult<Answer> =
  | { readonly ok: true; readonly value: Answer }
  | { readonly ok: false; readonly problem: ProblemDetails; readonly retryAfterSeconds?: number };

/**
 * Asks the API once.
 *
 * @param path after the stage, with a slash before it
 * @throws as `exchange`
 */
export async function requestJson<Answer>(
  proxy: ProxyAddress,
  path: string,
  options: ApiRequestOptions = {},
): Promise<ApiResult<Answer>> {
  const response = await sendApiRequest(proxy, path, options);
  const text = await response.text();
  if (response.ok) {
    const answer = parseJsonObject(text);
    if (answer !== undefined) return { ok: true, value: answer as Answer };
  }
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return { ok: false, problem: parseProblem(text, response.status), ...(wait >= 0 ? { retryAfterSeconds: wait } : {}) };
}

/** The same, and the answer as it comes. */
export async function sendApiRequest(
  proxy: ProxyAddress,
  path: string,
  { body, headers = {}, signal }: ApiRequestOptions = {},
): Promise<ReceivedResponse> {
  const options = { headers, ...(signal === undefined ? {} : { signal }) };
  const address = getApiUrl(proxy, path);
  if (!('token' in proxy)) return signedFetch(address, body, proxy.credentials, proxy.region, options);
  const authorization = `Bearer ${await proxy.token()}`;
  const own = { ...(body !== undefined && { 'content-type': 'application/json' }), authorization };
  return sendHttpRequest(address, { body, headers: { ...headers, ...own }, signal });
}

/** Where a path of the API is for this kind of caller. */
export const getApiUrl = (proxy: ProxyAddress, path: string): URL =>
  new URL(`${proxy.url.replace(/\/+$/, '')}${'token' in proxy ? `/${OIDC_PATH}` : ''}${path}`);

/** The problem in an answer; a body that is none (a proxy on the way, another service) becomes one. */
function parseProblem(text: string, status: number): ProblemDetails {
  const problem = parseJsonObject(text) as Partial<ProblemDetails> | undefined;
  if (typeof problem?.type === 'string' && typeof problem.detail === 'string') return problem as ProblemDetails;
  const detail = `The answer (HTTP ${status}) is not the proxy's: is MWAA_CLI_PROXY_URL its address?`;
  return { type: 'about:blank', title: 'Unexpected answer', status, detail };
}

function parseJsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
