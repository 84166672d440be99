import type { Take } from '../../../lambda/mwaa/step-by-step.ts';
import { unlessAborted, within } from '../../../lambda/mwaa/within.ts';
import type { ProxyAddress } from '../../library/request.ts';
import type { ApiAnswer } from './api-answer.ts';
import { checkCredentials, sourceOf } from './aws-credentials.ts';
import { checkToken, expectedIn, inWords } from './oidc-token.ts';
import { type Refused, refusalIn } from './refusals.ts';

/** A caller whose credentials, or whose token, have been got. */
export interface Caller {
  readonly proxy: ProxyAddress;
  /** In words. */
  readonly as: string;
}

/** A command for a token may ask somebody. */
const TOKEN_MS = 30_000;

/**
 * Gets the credentials or the token, once for all requests, and checks what can be seen of them.
 *
 * @param first the answer to an unsigned request: of tokens the API tells which it takes
 * @param now milliseconds since the epoch, by the API's clock
 * @throws Error that says what to change
 */
export async function callerOf(
  proxy: ProxyAddress,
  first: ApiAnswer,
  variables: NodeJS.ProcessEnv,
  now: () => number,
  signal: AbortSignal,
): Promise<Caller> {
  if ('token' in proxy) {
    const token = await tokenOf(proxy.token, signal);
    return {
      proxy: { url: proxy.url, token: async () => token },
      as: inWords(checkToken(token, now(), expectedIn(first.body))),
    };
  }
  const credentials = await checkCredentials(proxy.credentials, variables, now, signal);
  return { proxy: { ...proxy, credentials }, as: sourceOf(proxy.credentials, credentials) };
}

async function tokenOf(get: () => Promise<string>, outer: AbortSignal): Promise<string> {
  return within(TOKEN_MS, outer, (signal) => unlessAborted(get(), signal)).catch((cause: Error) => {
    throw new Error(`There is no token. ${cause.message}`, { cause });
  });
}

/** The three refusals that one request can meet, one after the other. */
export async function letIn(
  take: Take<'path' | 'authentication' | 'permission'>,
  caller: Caller,
  ask: () => Promise<ApiAnswer>,
): Promise<ApiAnswer> {
  const check = (answer: ApiAnswer, step: string) => {
    const refused = refusalOf(answer, caller);
    if (refused?.step === step) throw new Error(refused.detail);
    return answer;
  };
  const answer = await take('path', async () => check(await ask(), 'path'));
  await take('authentication', async () => check(answer, 'authentication'));
  return take('permission', async () => check(answer, 'permission'));
}

const refusalOf = (answer: ApiAnswer, { proxy, as }: Caller): Refused | undefined =>
  refusalIn(answer, { url: proxy.url, as, region: 'region' in proxy ? proxy.region : undefined });

/** @throws Error that says what to change, where the answer is none */
export function checkAnswered(answer: ApiAnswer, caller: Caller): void {
  const refused = refusalOf(answer, caller);
  if (refused !== undefined) throw new Error(refused.detail);
}
