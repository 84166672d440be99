import { parseJsonObject } from '../library/parse-json.ts';
import { ConnectionError, type HttpRequestInit, type ReceivedResponse } from '../library/send-http-request.ts';
import { SettingsError } from '../library/settings-error.ts';

const ATTEMPTS = 3;
const REQUEST_TIMEOUT_MS = 20_000;

/** How a job requests its tokens (docs.github.com, "OpenID Connect reference"). */
export interface TokenRequest {
  readonly variables: NodeJS.ProcessEnv;
  readonly audience: string;
  readonly send: (address: URL, init: HttpRequestInit) => Promise<ReceivedResponse>;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const MISSING_PERMISSION =
  'GitHub offers no OIDC token to this job. Add "permissions: { id-token: write }" to the job, and to the job that calls it if this is a ' +
  'reusable workflow. The workflows of pull requests from forks get no token.';

/**
 * Requests a new token of the job. A token expires after some minutes, so that each request to the API has its own.
 *
 * @throws SettingsError if the job cannot have one; ConnectionError if GitHub gave none, and trying again may help; the signal's reason
 */
export async function requestGitHubToken(
  { variables, audience, send, pause }: TokenRequest,
  signal = new AbortController().signal,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken } = variables;
  if (!url || !requestToken) throw new SettingsError(MISSING_PERMISSION);
  const address = new URL(url);
  address.searchParams.set('audience', audience);
  const headers = { authorization: `Bearer ${requestToken}`, accept: 'application/json' };
  for (let attempt = 1; ; attempt++) {
    const failure = await sendOnce();
    if (typeof failure === 'string') return failure;
    if (attempt === ATTEMPTS) throw failure;
    await pause(attempt * 1000, signal);
  }

  /** Returns the token, or an error after which it may help to try again. */
  async function sendOnce(): Promise<string | ConnectionError> {
    let response: ReceivedResponse;
    try {
      const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      response = await send(address, { body: undefined, headers, signal: AbortSignal.any([signal, timeout]) });
    } catch (error) {
      signal.throwIfAborted();
      const { message } = ((error as Error).cause ?? error) as Error;
      return createError(
        `${address.host}, which issues the OIDC tokens of GitHub, cannot be reached from this runner (${message}). ` +
          'Let the runner connect to it, directly or through the proxy that https_proxy names',
      );
    }
    const token = parseJsonObject(await response.text())?.value;
    if (response.ok && typeof token === 'string') return token;
    const answer = `GitHub issued no OIDC token: ${address.host} answered with HTTP ${response.status}`;
    if (response.status === 429 || response.status >= 500) return createError(answer);
    throw new SettingsError(`${answer}. ${MISSING_PERMISSION}`);
  }
}

/** Nothing was sent to the API. */
const createError = (text: string): ConnectionError =>
  new ConnectionError(text, false, true, { cause: new Error(text) });

/** The claims of a token, unchecked: for messages. */
export function readClaims(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.');
  return parseJsonObject(Buffer.from(payload, 'base64url').toString('utf8')) ?? {};
}
