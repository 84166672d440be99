import { formatDidYouMean } from '../../../airflow/did-you-mean.ts';
import { CONNECTIVITY_STEPS } from '../../../mwaa/cli/check-connectivity.ts';
import type { StepResult } from '../../../mwaa/connection/run-steps.ts';
import { withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import { getApiUrl, type ProxyAddress, sendApiRequest } from '../../library/request-json.ts';
import { sendHttpRequest } from '../../library/send-http-request.ts';
import { SETTING_VARIABLES } from '../../settings.ts';
import { type ApiResponse, getListMember, readApiResponse, stringOrEmpty } from './api-response.ts';
import { checkClock, measureClockSkewMs } from './check-clock.ts';
import { connectToApi } from './connect-to-api.ts';
import type { Diagnosis } from './diagnosis.ts';
import { findRootCause } from './find-root-cause.ts';
import { readRelaySteps } from './function-remedies.ts';
import { formatCommandCount, formatGrantRequest, type GrantedCommandRow, includesHealth } from './granted-commands.ts';
import { checkAccess, checkNotRefused, type ResolvedCaller, resolveCaller } from './resolve-caller.ts';
import { checkIsProxyApi } from './unexpected-responses.ts';
import { validateApiAddress } from './validate-api-address.ts';

/** What a caller of a proxy needs, in the order in which it is tried. */
export const CALLER_STEPS = [
  'settings',
  'name resolution',
  'connect',
  'TLS',
  'API',
  'clock',
  'credentials',
  'path',
  'authentication',
  'permission',
  'environment',
  'grants',
  'health grant',
] as const;

/** What the function of the environment needs. All but the first it tells itself. */
export const FUNCTION_STEPS = ['relay', ...CONNECTIVITY_STEPS] as const;

export interface ProxySettings {
  readonly proxy: ProxyAddress;
  readonly environment: string;
}

/** For an answer that needs no Airflow; and for one that does, where API Gateway gives up by then. */
const RESPONSE_TIMEOUT_MS = 30_000;
const HEALTH_TIMEOUT_MS = 300_000;

/**
 * Goes the way to Airflow through a proxy: the caller's side step by step, then the function's, as the relay tells it.
 *
 * @param settings or what is missing or wrong with them
 */
export async function diagnoseProxy(
  examination: Diagnosis,
  settings: ProxySettings | Error,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const health = await examination.runSide('caller', CALLER_STEPS, async (take) => {
    const { proxy, environment } = await take('settings', async () => requireValidSettings(settings), formatSettings);
    const addresses = await connectToApi(take, new URL(proxy.url), variables, signal);
    const { answer, ahead } = await take('API', () => sendUnsignedRequest(proxy, addresses, signal));
    await take('clock', async () => checkClock(ahead), identity);
    const now = () => Date.now() - (ahead ?? 0);
    const caller = await take(
      'credentials',
      () => resolveCaller(proxy, answer, variables, now, signal),
      ({ description }) => description,
    );

    const ask = (path: string, ms = RESPONSE_TIMEOUT_MS) =>
      withTimeout(ms, signal, async (limit) => readResponse(sendApiRequest(caller.proxy, path, { signal: limit })));
    const list = await checkAccess(take, caller, () => ask('/environments'));
    const path = `/environments/${encodeURIComponent(environment)}`;
    const askHealth = () => ask(`${path}/health`, HEALTH_TIMEOUT_MS);
    const rows = await take('environment', async () => {
      checkNotRefused(list, caller);
      return readGrantedRows(await ask(`${path}/commands`), environment, list, caller);
    });
    await take(
      'grants',
      async () => {
        if (rows.length > 0) return formatCommandCount(rows);
        throw new Error(
          `Nothing is granted here. ${formatGrantRequest(['@read', '@health'], environment, await askHealth())}`,
        );
      },
      identity,
    );
    await take('health grant', async () => {
      if (includesHealth(rows)) return;
      throw new Error(
        `The function may not be asked how it is. ${formatGrantRequest(['@health'], environment, await askHealth())}`,
      );
    });
    return askHealth;
  });
  const told = await examination.runSide(
    'function',
    ['relay'],
    health && ((take) => take('relay', async () => readRelaySteps(await health()))),
  );
  for (const step of told ?? CONNECTIVITY_STEPS.map((name): StepResult => ({ step: name, status: 'not tried' }))) {
    examination.addStep('function', step);
  }
}

function requireValidSettings(settings: ProxySettings | Error): ProxySettings {
  if (settings instanceof Error) throw settings;
  const fault = validateApiAddress(settings.proxy.url);
  if (fault !== undefined) throw new Error(fault);
  return settings;
}

const formatSettings = ({ proxy, environment }: ProxySettings): string =>
  `${environment} at ${proxy.url}, ${'token' in proxy ? 'with a token' : `signed for ${proxy.region}`}`;

const identity = (found: string): string => found;

/** Asks without signature or token: whether the API answers, and when, does not depend on the caller. */
async function sendUnsignedRequest(proxy: ProxyAddress, addresses: string, outer: AbortSignal) {
  const sentAt = Date.now();
  const answer = await withTimeout(RESPONSE_TIMEOUT_MS, outer, async (signal) =>
    readResponse(sendHttpRequest(getApiUrl(proxy, '/environments'), { body: undefined, headers: {}, signal })),
  );
  const ahead = measureClockSkewMs(answer.headers.get('date'), sentAt, Date.now());
  checkIsProxyApi(answer, { url: proxy.url, usesToken: 'token' in proxy, resolvedAddresses: addresses });
  return { answer, ahead };
}

/** What may be run in the environment, which the directory may not know. */
function readGrantedRows(
  answer: ApiResponse,
  environment: string,
  list: ApiResponse,
  caller: ResolvedCaller,
): readonly GrantedCommandRow[] {
  const names = getListMember(list, 'environments').map(({ name }) => stringOrEmpty(name));
  if (answer.code === 'not-found' || answer.code === 'not-signed') {
    const others =
      names.length > 0 ? `There are for you: ${names.join(', ')}.` : 'Nothing is granted to you behind this API.';
    throw new Error(
      `The API has no environment ${JSON.stringify(environment)}: it is spelt otherwise, or switched off.${formatDidYouMean(environment, names)} ` +
        `${others} Set ${SETTING_VARIABLES.environment}.`,
    );
  }
  checkNotRefused(answer, caller);
  return getListMember(answer, 'commands');
}

/** @throws Error that says why there is no answer */
async function readResponse(request: Promise<Parameters<typeof readApiResponse>[0]>): Promise<ApiResponse> {
  try {
    return await readApiResponse(await request);
  } catch (error) {
    const { code, name, message } = findRootCause(error);
    const why = name === 'TimeoutError' ? 'in time' : `(${code ?? message})`;
    throw new Error(
      `The connection stands, and there is no answer ${why}: try again, and see what on the way takes it.`,
      { cause: error },
    );
  }
}
