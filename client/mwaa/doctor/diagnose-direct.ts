import { ListEnvironmentsCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import { formatDidYouMean } from '../../../airflow/did-you-mean.ts';
import { Problem } from '../../../contract/problem.ts';
import { CONNECTIVITY_STEPS, checkConnectivity } from '../../../mwaa/cli/check-connectivity.ts';
import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import { runConnectionSteps } from '../../../mwaa/connection/run-connection-steps.ts';
import { type AwsAccess, resolveRegion } from '../../direct/aws-access.ts';
import { DIRECT_REMEDIES } from '../../direct/direct-remedies.ts';
import { createMwaaConnection, type MwaaConnection, TIMEOUTS_MS } from '../../direct/mwaa-connection.ts';
import { type MwaaAddress, SETTING_VARIABLES } from '../../settings.ts';
import { checkCredentials, describeCredentials } from '../check-credentials.ts';
import { getConnectionRemedy } from './connection-remedies.ts';
import type { Diagnosis } from './diagnosis.ts';
import { findNetworkProxy } from './network-proxy.ts';

/** What a caller needs who goes to MWAA without a proxy, in the order in which it is tried. */
export const DIRECT_STEPS = ['settings', 'credentials'] as const;
export const MWAA_API_STEPS = ['name resolution', 'connect', 'TLS'] as const;

export interface DirectSettings {
  readonly mwaa: MwaaAddress;
  readonly environment: string;
}

const identity = (found: string): string => found;

/** Goes the way to Airflow without a proxy, as the client does: credentials, MWAA's API for a token, the web server. */
export async function diagnoseDirect(
  examination: Diagnosis,
  { mwaa, environment }: DirectSettings,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = Date.now();
  const aws = await examination.runSide('caller', DIRECT_STEPS, async (take): Promise<AwsAccess> => {
    const region = await take(
      'settings',
      () => resolveRegion(mwaa),
      (found) => `${environment} in ${found}, without a proxy: ${SETTING_VARIABLES.url} is not set`,
    );
    const credentials = await take(
      'credentials',
      () => checkCredentials(mwaa.credentials, variables, Date.now, signal),
      (found) => describeCredentials(mwaa.credentials, found),
    );
    return { region, credentials };
  });
  const way = await examination.runSide(
    'MWAA API',
    MWAA_API_STEPS,
    aws &&
      (async (take) => {
        const address = new URL(`https://${getTokenApiHost(aws.region)}`);
        const { hostname } = address;
        const to = { address, hostname, port: 443, networkProxy: findNetworkProxy(address, variables) };
        await runConnectionSteps(take, {
          ...{ hostname, stepTimeoutMs: TIMEOUTS_MS.connect, signal, describeResult: identity },
          describeRemedy: (step, error) =>
            step === 'TLS'
              ? getConnectionRemedy(step, error, { ...to, networkProxy: undefined })
              : `${hostname} (${getErrorCode(error)}). ${DIRECT_REMEDIES.tokenApi[step]}${describeIgnoredProxy(to.networkProxy)}`,
        });
        return createMwaaConnection(mwaa, environment, aws);
      }),
  );
  await examination.runSide(
    'web server',
    CONNECTIVITY_STEPS,
    way &&
      ((take) => {
        const { airflowVersion: airflow } = mwaa;
        return checkConnectivity(take, {
          ...{
            upstream: withEnvironmentSuggestions(way, environment),
            send: way.send,
            signal,
            airflow,
            trace: {},
            describeResult: identity,
          },
          stepTimeoutMs: TIMEOUTS_MS.connect,
          timeLeftMs: () => TIMEOUTS_MS.whole - (Date.now() - startedAt),
          describeReleaseMismatch: (running = 'of another release') =>
            `Airflow ${running} answers, and commands are read as those of ${airflow}: set ${SETTING_VARIABLES.airflowVersion} to that, or unset it.`,
        });
      }),
  );
}

/** Source: the service model's endpoints and its host prefix. */
const getTokenApiHost = (region: string): string =>
  `env.airflow.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const describeIgnoredProxy = (networkProxy: ReturnType<typeof findNetworkProxy>): string =>
  networkProxy === undefined ? '' : ` ${networkProxy.variable} is set, and the way to MWAA does not go through it.`;

/** Where MWAA knows no such environment, those that it knows are named: it may be the name, the region or the account. */
function withEnvironmentSuggestions(
  { aws, upstream }: MwaaConnection,
  environment: string,
): MwaaConnection['upstream'] {
  const { tokens } = upstream;
  const get: typeof tokens.get = (signal) =>
    tokens.get(signal).catch(async (error: unknown) => {
      if (!(error instanceof Problem && error.code === 'no-such-environment')) throw error;
      throw new Error(`${error.message} ${await describeOtherEnvironments(aws, environment)}`.trim(), { cause: error });
    });
  return { ...upstream, tokens: { ...tokens, get } };
}

const LIST_TIMEOUT_MS = 3_000;

/** `airflow:ListEnvironments` is another permission, and the API for it (`airflow.api`) another endpoint: it may not be had. */
async function describeOtherEnvironments(aws: AwsAccess, environment: string): Promise<string> {
  const client = new MWAAClient({ ...aws, maxAttempts: 1 });
  try {
    const asked = client.send(new ListEnvironmentsCommand({}), { abortSignal: AbortSignal.timeout(LIST_TIMEOUT_MS) });
    const { Environments: names = [] } = await asked;
    if (names.length === 0) return `There is none in ${aws.region} for this account: it is another region or account.`;
    return `There are in ${aws.region}: ${names.join(', ')}.${formatDidYouMean(environment, names)}`;
  } catch {
    return '';
  } finally {
    client.destroy();
  }
}
