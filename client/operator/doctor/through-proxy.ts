import { didYouMean } from '../../../airflow/nearest.ts';
import type { Step } from '../../../lambda/mwaa/step-by-step.ts';
import { STEPS_TO_AIRFLOW } from '../../../lambda/mwaa/way-to-airflow.ts';
import { within } from '../../../lambda/mwaa/within.ts';
import { exchange } from '../../library/http-answer.ts';
import { addressOf, type ProxyAddress, send } from '../../library/request.ts';
import { VARIABLES } from '../../settings.ts';
import { addressFault } from './api-address.ts';
import { type ApiAnswer, answerIn, listIn, textOf } from './api-answer.ts';
import { type Caller, callerOf, checkAnswered, letIn } from './caller.ts';
import { aheadMs, checkClock } from './clock.ts';
import type { Examination } from './examination.ts';
import { stepsOfRelay } from './function-answer.ts';
import { askForGrant, countOf, type GrantedRow, grantsHealth } from './grants.ts';
import { rootCause } from './root-cause.ts';
import { checkIsTheApi } from './strange-answers.ts';
import { connectTo } from './way-to-api.ts';

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
export const FUNCTION_STEPS = ['relay', ...STEPS_TO_AIRFLOW] as const;

export interface ProxySettings {
  readonly proxy: ProxyAddress;
  readonly environment: string;
}

/** For an answer that needs no Airflow; and for one that does, where API Gateway gives up by then. */
const ANSWER_MS = 30_000;
const HEALTH_MS = 300_000;

/**
 * Goes the way to Airflow through a proxy: the caller's side step by step, then the function's, as the relay tells it.
 *
 * @param settings or what is missing or wrong with them
 */
export async function throughProxy(
  examination: Examination,
  settings: ProxySettings | Error,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const health = await examination.side('caller', CALLER_STEPS, async (take) => {
    const { proxy, environment } = await take('settings', async () => checked(settings), inShort);
    const addresses = await connectTo(take, new URL(proxy.url), variables, signal);
    const { answer, ahead } = await take('API', () => unsigned(proxy, addresses, signal));
    await take('clock', async () => checkClock(ahead), itself);
    const now = () => Date.now() - (ahead ?? 0);
    const caller = await take(
      'credentials',
      () => callerOf(proxy, answer, variables, now, signal),
      ({ as }) => as,
    );

    const ask = (path: string, ms = ANSWER_MS) =>
      within(ms, signal, async (limit) => answerTo(send(caller.proxy, path, { signal: limit })));
    const list = await letIn(take, caller, () => ask('/environments'));
    const path = `/environments/${encodeURIComponent(environment)}`;
    const askHealth = () => ask(`${path}/health`, HEALTH_MS);
    const rows = await take('environment', async () => {
      checkAnswered(list, caller);
      return rowsOf(await ask(`${path}/commands`), environment, list, caller);
    });
    await take(
      'grants',
      async () => {
        if (rows.length > 0) return countOf(rows);
        throw new Error(
          `Nothing is granted here. ${askForGrant(['@read', '@health'], environment, await askHealth())}`,
        );
      },
      itself,
    );
    await take('health grant', async () => {
      if (grantsHealth(rows)) return;
      throw new Error(
        `The function may not be asked how it is. ${askForGrant(['@health'], environment, await askHealth())}`,
      );
    });
    return askHealth;
  });
  const told = await examination.side(
    'function',
    ['relay'],
    health && ((take) => take('relay', async () => stepsOfRelay(await health()))),
  );
  for (const step of told ?? STEPS_TO_AIRFLOW.map((name): Step => ({ step: name, status: 'not tried' }))) {
    examination.add('function', step);
  }
}

function checked(settings: ProxySettings | Error): ProxySettings {
  if (settings instanceof Error) throw settings;
  const fault = addressFault(settings.proxy.url);
  if (fault !== undefined) throw new Error(fault);
  return settings;
}

const inShort = ({ proxy, environment }: ProxySettings): string =>
  `${environment} at ${proxy.url}, ${'token' in proxy ? 'with a token' : `signed for ${proxy.region}`}`;

const itself = (found: string): string => found;

/** Asks without signature or token: whether the API answers, and when, does not depend on the caller. */
async function unsigned(proxy: ProxyAddress, addresses: string, outer: AbortSignal) {
  const sentAt = Date.now();
  const answer = await within(ANSWER_MS, outer, async (signal) =>
    answerTo(exchange(addressOf(proxy, '/environments'), { body: undefined, headers: {}, signal })),
  );
  const ahead = aheadMs(answer.headers.get('date'), sentAt, Date.now());
  checkIsTheApi(answer, { url: proxy.url, byToken: 'token' in proxy, addresses });
  return { answer, ahead };
}

/** What may be run in the environment, which the directory may not know. */
function rowsOf(answer: ApiAnswer, environment: string, list: ApiAnswer, caller: Caller): readonly GrantedRow[] {
  const names = listIn(list, 'environments').map(({ name }) => textOf(name));
  if (answer.code === 'not-found' || answer.code === 'not-signed') {
    const others =
      names.length > 0 ? `There are for you: ${names.join(', ')}.` : 'Nothing is granted to you behind this API.';
    throw new Error(
      `The API has no environment ${JSON.stringify(environment)}: it is spelt otherwise, or switched off.${didYouMean(environment, names)} ` +
        `${others} Set ${VARIABLES.environment}.`,
    );
  }
  checkAnswered(answer, caller);
  return listIn(answer, 'commands');
}

/** @throws Error that says why there is no answer */
async function answerTo(request: Promise<Parameters<typeof answerIn>[0]>): Promise<ApiAnswer> {
  try {
    return await answerIn(await request);
  } catch (error) {
    const { code, name, message } = rootCause(error);
    const why = name === 'TimeoutError' ? 'in time' : `(${code ?? message})`;
    throw new Error(
      `The connection stands, and there is no answer ${why}: try again, and see what on the way takes it.`,
      { cause: error },
    );
  }
}
