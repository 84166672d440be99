import { ListEnvironmentsCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import { formatDidYouMean } from '../../../airflow/did-you-mean.ts';
import { Problem } from '../../../contract/problem.ts';
import { CONNECTIVITY_STEPS, checkConnectivity } from '../../../mwaa/cli/check-connectivity.ts';
import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import { runConnectionSteps } from '../../../mwaa/connection/run-connection-steps.ts';
import type { RunStep } from '../../../mwaa/connection/run-steps.ts';
import { type AwsAccess, resolveRegion } from '../../direct/aws-access.ts';
import { DIRECT_REMEDIES } from '../../direct/direct-remedies.ts';
import { createMwaaConnection, type MwaaConnection, TIMEOUTS_MS } from '../../direct/mwaa-connection.ts';
import { SETTING_VARIABLES } from '../../setting-variables.ts';
import type { MwaaAddress } from '../../settings.ts';
import { checkCredentials, describeCredentials } from '../check-credentials.ts';
import { getConnectionRemedy } from './connection-remedies.ts';
import { type Diagnosis, showResult } from './diagnosis.ts';
import { findNetworkProxy, type NetworkProxy } from './network-proxy.ts';

/** The caller's steps without a proxy, in order. */
export const DIRECT_STEPS = ['settings', 'credentials'] as const;
export const MWAA_API_STEPS = ['name resolution', 'connect', 'TLS'] as const;

export interface DirectSettings {
  readonly mwaa: MwaaAddress;
  readonly environment: string;
}

/** Checks the direct connection to Airflow: settings and credentials, the MWAA API that issues tokens, the web server. */
export async function diagnoseDirect(
  diagnosis: Diagnosis,
  settings: DirectSettings,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const { mwaa, environment } = settings;
  const startedAt = Date.now();
  const aws = await diagnosis.runSide('caller', DIRECT_STEPS, (runStep) =>
    checkAwsAccess(runStep, settings, variables, signal),
  );
  const connection = await diagnosis.runSide(
    'MWAA API',
    MWAA_API_STEPS,
    aws &&
      (async (runStep) => {
        await connectToMwaaApi(runStep, aws.region, variables, signal);
        return createMwaaConnection(mwaa, environment, aws);
      }),
  );
  await diagnosis.runSide(
    'web server',
    CONNECTIVITY_STEPS,
    connection &&
      ((runStep) =>
        checkConnectivity(runStep, {
          upstream: withEnvironmentSuggestions(connection, environment),
          send: connection.send,
          signal,
          airflow: mwaa.airflowVersion,
          trace: {},
          describeResult: showResult,
          stepTimeoutMs: TIMEOUTS_MS.connect,
          timeLeftMs: () => TIMEOUTS_MS.total - (Date.now() - startedAt),
          describeReleaseMismatch: (running) => describeReleaseMismatch(running, mwaa.airflowVersion),
        })),
  );
}

async function checkAwsAccess(
  runStep: RunStep<(typeof DIRECT_STEPS)[number]>,
  { mwaa, environment }: DirectSettings,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<AwsAccess> {
  const region = await runStep(
    'settings',
    () => resolveRegion(mwaa),
    (resolved) => `${environment} in ${resolved}, without a proxy: ${SETTING_VARIABLES.url} is not set`,
  );
  const credentials = await runStep(
    'credentials',
    () => checkCredentials(mwaa.credentials, variables, Date.now, signal),
    (checked) => describeCredentials(mwaa.credentials, checked),
  );
  return { region, credentials };
}

async function connectToMwaaApi(
  runStep: RunStep<(typeof MWAA_API_STEPS)[number]>,
  region: string,
  variables: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const hostname = getTokenApiHost(region);
  const address = new URL(`https://${hostname}`);
  const networkProxy = findNetworkProxy(address, variables);
  const destination = { address, hostname, port: 443, networkProxy: undefined };
  await runConnectionSteps(runStep, {
    hostname,
    stepTimeoutMs: TIMEOUTS_MS.connect,
    signal,
    describeResult: showResult,
    describeRemedy: (step, error) =>
      step === 'TLS'
        ? getConnectionRemedy(step, error, destination)
        : `${hostname} (${getErrorCode(error)}). ${DIRECT_REMEDIES.tokenApi[step]}${describeIgnoredProxy(networkProxy)}`,
  });
}

/** Source: the endpoints of the service model and its host prefix. */
const getTokenApiHost = (region: string): string =>
  `env.airflow.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const describeIgnoredProxy = (networkProxy: NetworkProxy | undefined): string =>
  networkProxy === undefined ? '' : ` ${networkProxy.variable} is set, but connections to MWAA do not use it.`;

const describeReleaseMismatch = (running: string | undefined, expected: string | undefined): string =>
  `Airflow ${running ?? 'of another release'} is running, but commands are parsed for Airflow ${expected}: ` +
  `set ${SETTING_VARIABLES.airflowVersion} to the running release, or unset it.`;

/** If MWAA does not know the environment, adds the names that it knows: the name, the region or the account may be wrong. */
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

/**
 * The environments of the account, or an empty text after any error: the call needs the permission `airflow:ListEnvironments` and the
 * endpoint `airflow.api`.
 */
async function describeOtherEnvironments(aws: AwsAccess, environment: string): Promise<string> {
  const client = new MWAAClient({ ...aws, maxAttempts: 1 });
  try {
    const abortSignal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    const { Environments: names = [] } = await client.send(new ListEnvironmentsCommand({}), { abortSignal });
    if (names.length === 0)
      return `This account has no environments in ${aws.region}: the region or the account is wrong.`;
    return `Environments in ${aws.region}: ${names.join(', ')}.${formatDidYouMean(environment, names)}`;
  } catch {
    return '';
  } finally {
    client.destroy();
  }
}
