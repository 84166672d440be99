import { formatDidYouMean } from '../../../airflow/did-you-mean.ts';
import { CONNECTIVITY_STEPS } from '../../../mwaa/cli/check-connectivity.ts';
import type { RunStep, StepResult } from '../../../mwaa/connection/run-steps.ts';
import { withTimeout } from '../../../mwaa/connection/with-timeout.ts';
import { getApiUrl, type ProxyAddress, sendApiRequest } from '../../library/request-json.ts';
import { sendHttpRequest } from '../../library/send-http-request.ts';
import { SETTING_VARIABLES } from '../../setting-variables.ts';
import { type ApiResponse, getListMember, readApiResponse, stringOrEmpty } from './api-response.ts';
import { checkAccess, checkNotRefused } from './check-access.ts';
import { checkClock, measureClockSkewMs } from './check-clock.ts';
import { connectToApi } from './connect-to-api.ts';
import { type Diagnosis, showResult } from './diagnosis.ts';
import { findRootCause } from './find-root-cause.ts';
import { formatCommandCount, formatGrantRequest, type GrantedCommandRow, includesHealth } from './format-grants.ts';
import { readRelaySteps, readRestSteps } from './relay-steps.ts';
import { type ResolvedCaller, resolveCaller } from './resolve-caller.ts';
import { checkIsProxyApi } from './unexpected-responses.ts';
import { validateApiAddress } from './validate-api-address.ts';

/** The caller's steps with a proxy, in order. */
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

type CallerStep = (typeof CALLER_STEPS)[number];

/** The steps of the relay function. The relay itself reports all but the first. */
export const FUNCTION_STEPS = ['relay', ...CONNECTIVITY_STEPS] as const;

export interface ProxySettings {
  readonly proxy: ProxyAddress;
  readonly environment: string;
}

/** For requests that the front answers itself. */
const RESPONSE_TIMEOUT_MS = 30_000;
/** For requests that Airflow answers. Longer than the timeout of API Gateway. */
const HEALTH_TIMEOUT_MS = 300_000;

/**
 * Checks the connection to Airflow through a proxy: the caller's steps, then those that the relay reports and, if the environment offers
 * the REST API, those that the REST relay reports.
 *
 * @param settings an error if they could not be loaded
 */
export async function diagnoseProxy(
  diagnosis: Diagnosis,
  settings: ProxySettings | Error,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const requestHealth = await diagnosis.runSide('caller', CALLER_STEPS, (runStep) =>
    diagnoseCaller(runStep, settings, variables, signal),
  );
  let health: ApiResponse | undefined;
  const relaySteps = await diagnosis.runSide(
    'function',
    ['relay'],
    requestHealth &&
      ((runStep) =>
        runStep('relay', async () => {
          health = await requestHealth();
          return readRelaySteps(health);
        })),
  );
  const steps = relaySteps ?? CONNECTIVITY_STEPS.map((step): StepResult => ({ step, status: 'not tried' }));
  for (const step of steps) diagnosis.addStep('function', step);
  for (const step of (health && readRestSteps(health)) ?? []) diagnosis.addStep('REST relay', step);
}

/** @returns a function that requests the relay's health */
async function diagnoseCaller(
  runStep: RunStep<CallerStep>,
  settings: ProxySettings | Error,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<() => Promise<ApiResponse>> {
  const { proxy, environment } = await runStep('settings', async () => requireValidSettings(settings), formatSettings);
  const addresses = await connectToApi(runStep, new URL(proxy.url), variables, signal);
  const { response, skewMs } = await runStep('API', () => sendUnsignedRequest(proxy, addresses, signal));
  await runStep('clock', async () => checkClock(skewMs), showResult);
  const apiNow = () => Date.now() - (skewMs ?? 0);
  const caller = await runStep(
    'credentials',
    () => resolveCaller(proxy, response, variables, apiNow, signal),
    ({ description }) => description,
  );

  const request = (path: string, timeoutMs = RESPONSE_TIMEOUT_MS) =>
    withTimeout(timeoutMs, signal, async (limit) =>
      readResponse(sendApiRequest(caller.proxy, path, { signal: limit })),
    );
  const environments = await checkAccess(runStep, caller, () => request('/environments'));
  const environmentPath = `/environments/${encodeURIComponent(environment)}`;
  const requestHealth = () => request(`${environmentPath}/health`, HEALTH_TIMEOUT_MS);
  const rows = await runStep('environment', async () => {
    checkNotRefused(environments, caller);
    return readGrantedRows(await request(`${environmentPath}/commands`), environment, environments, caller);
  });
  await runStep('grants', async () => formatCommandCount(rows), showResult);
  await runStep('health grant', async () => {
    if (includesHealth(rows)) return;
    const remedy = formatGrantRequest(['@health'], environment, await requestHealth());
    throw new Error(`The health check is not granted to you, so the relay cannot be checked. ${remedy}`);
  });
  return requestHealth;
}

function requireValidSettings(settings: ProxySettings | Error): ProxySettings {
  if (settings instanceof Error) throw settings;
  const message = validateApiAddress(settings.proxy.url);
  if (message !== undefined) throw new Error(message);
  return settings;
}

const formatSettings = ({ proxy, environment }: ProxySettings): string =>
  `${environment} at ${proxy.url}, ${'token' in proxy ? 'with a token' : `signed for ${proxy.region}`}`;

/** Sends a request without a signature or token, whose response and date do not depend on the caller. */
async function sendUnsignedRequest(proxy: ProxyAddress, resolvedAddresses: string, signal: AbortSignal) {
  const sentAt = Date.now();
  const response = await withTimeout(RESPONSE_TIMEOUT_MS, signal, async (limit) =>
    readResponse(sendHttpRequest(getApiUrl(proxy, '/environments'), { body: undefined, headers: {}, signal: limit })),
  );
  const skewMs = measureClockSkewMs(response.headers.get('date'), sentAt, Date.now());
  checkIsProxyApi(response, { url: proxy.url, usesToken: 'token' in proxy, resolvedAddresses });
  return { response, skewMs };
}

/**
 * The commands that the caller may run in the environment.
 *
 * @throws Error with a remedy if there is no such environment, or if the API refuses the request
 */
function readGrantedRows(
  response: ApiResponse,
  environment: string,
  environments: ApiResponse,
  caller: ResolvedCaller,
): readonly GrantedCommandRow[] {
  if (response.code === 'not-found') {
    const names = getListMember(environments, 'environments').map(({ name }) => stringOrEmpty(name));
    const remedy =
      names.length > 0
        ? `Set ${SETTING_VARIABLES.environment} to one of your environments: ${names.join(', ')}.`
        : 'Nothing is granted to you in any environment of this API. ' +
          formatGrantRequest(['@read', '@health'], environment, response);
    throw new Error(
      `The API has no environment ${JSON.stringify(environment)}: the name is misspelled, the environment is switched off, or nothing in it is granted to you.` +
        `${formatDidYouMean(environment, names)} ${remedy}`,
    );
  }
  checkNotRefused(response, caller);
  return getListMember(response, 'commands');
}

/** @throws Error with the reason why there is no response */
async function readResponse(pending: Promise<Parameters<typeof readApiResponse>[0]>): Promise<ApiResponse> {
  try {
    return await readApiResponse(await pending);
  } catch (error) {
    const { code, name, message } = findRootCause(error);
    const reason = name === 'TimeoutError' ? 'in time' : `(${code ?? message})`;
    throw new Error(
      `The connection works, but there was no response ${reason}: try again, and check whether a proxy or firewall interrupts requests.`,
      { cause: error },
    );
  }
}
