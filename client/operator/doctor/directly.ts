import { ListEnvironmentsCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import { didYouMean } from '../../../airflow/nearest.ts';
import { connectStepByStep } from '../../../lambda/mwaa/connect.ts';
import { nameOfError } from '../../../lambda/mwaa/connection-step.ts';
import { goToAirflow, STEPS_TO_AIRFLOW } from '../../../lambda/mwaa/way-to-airflow.ts';
import { Problem } from '../../../lambda/problem.ts';
import { type AwsAccess, regionFor } from '../../direct/aws-access.ts';
import { DIRECT_ADVICE } from '../../direct/direct-advice.ts';
import { MS, type WayToMwaa, wayToMwaa } from '../../direct/way-to-mwaa.ts';
import { type MwaaAddress, VARIABLES } from '../../settings.ts';
import { checkCredentials, sourceOf } from './aws-credentials.ts';
import { connectionAdvice } from './connection-advice.ts';
import type { Examination } from './examination.ts';
import { networkProxyFor } from './network-proxy.ts';

/** What a caller needs who goes to MWAA without a proxy, in the order in which it is tried. */
export const DIRECT_STEPS = ['settings', 'credentials'] as const;
export const MWAA_API_STEPS = ['name resolution', 'connect', 'TLS'] as const;

export interface DirectSettings {
  readonly mwaa: MwaaAddress;
  readonly environment: string;
}

const itself = (found: string): string => found;

/** Goes the way to Airflow without a proxy, as the client does: credentials, MWAA's API for a token, the web server. */
export async function directly(
  examination: Examination,
  { mwaa, environment }: DirectSettings,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = Date.now();
  const aws = await examination.side('caller', DIRECT_STEPS, async (take): Promise<AwsAccess> => {
    const region = await take(
      'settings',
      () => regionFor(mwaa),
      (found) => `${environment} in ${found}, without a proxy: ${VARIABLES.url} is not set`,
    );
    const credentials = await take(
      'credentials',
      () => checkCredentials(mwaa.credentials, variables, Date.now, signal),
      (found) => sourceOf(mwaa.credentials, found),
    );
    return { region, credentials };
  });
  const way = await examination.side(
    'MWAA API',
    MWAA_API_STEPS,
    aws &&
      (async (take) => {
        const address = new URL(`https://${tokenApiHost(aws.region)}`);
        const { hostname } = address;
        const to = { address, hostname, port: 443, networkProxy: networkProxyFor(address, variables) };
        await connectStepByStep(take, {
          ...{ hostname, stepMs: MS.connect, signal, found: itself },
          advise: (step, error) =>
            step === 'TLS'
              ? connectionAdvice(step, error, { ...to, networkProxy: undefined })
              : `${hostname} (${nameOfError(error)}). ${DIRECT_ADVICE.tokenApi[step]}${ignored(to.networkProxy)}`,
        });
        return wayToMwaa(mwaa, environment, aws);
      }),
  );
  await examination.side(
    'web server',
    STEPS_TO_AIRFLOW,
    way &&
      ((take) => {
        const { airflowVersion: airflow } = mwaa;
        return goToAirflow(take, {
          ...{ upstream: namingOthers(way, environment), send: way.send, signal, airflow, trace: {}, found: itself },
          connectMs: MS.connect,
          timeLeftMs: () => MS.whole - (Date.now() - startedAt),
          otherRelease: (running = 'of another release') =>
            `Airflow ${running} answers, and commands are read as those of ${airflow}: set ${VARIABLES.airflowVersion} to that, or unset it.`,
        });
      }),
  );
}

/** Source: the service model's endpoints and its host prefix. */
const tokenApiHost = (region: string): string =>
  `env.airflow.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const ignored = (networkProxy: ReturnType<typeof networkProxyFor>): string =>
  networkProxy === undefined ? '' : ` ${networkProxy.variable} is set, and the way to MWAA does not go through it.`;

/** Where MWAA knows no such environment, those that it knows are named: it may be the name, the region or the account. */
function namingOthers({ aws, upstream }: WayToMwaa, environment: string): WayToMwaa['upstream'] {
  const { tokens } = upstream;
  const get: typeof tokens.get = (signal) =>
    tokens.get(signal).catch(async (error: unknown) => {
      if (!(error instanceof Problem && error.code === 'no-such-environment')) throw error;
      throw new Error(`${error.message} ${await othersThere(aws, environment)}`.trim(), { cause: error });
    });
  return { ...upstream, tokens: { ...tokens, get } };
}

const LIST_MS = 3_000;

/** `airflow:ListEnvironments` is another permission, and the API for it (`airflow.api`) another endpoint: it may not be had. */
async function othersThere(aws: AwsAccess, environment: string): Promise<string> {
  const client = new MWAAClient({ ...aws, maxAttempts: 1 });
  try {
    const asked = client.send(new ListEnvironmentsCommand({}), { abortSignal: AbortSignal.timeout(LIST_MS) });
    const { Environments: names = [] } = await asked;
    if (names.length === 0) return `There is none in ${aws.region} for this account: it is another region or account.`;
    return `There are in ${aws.region}: ${names.join(', ')}.${didYouMean(environment, names)}`;
  } catch {
    return '';
  } finally {
    client.destroy();
  }
}
