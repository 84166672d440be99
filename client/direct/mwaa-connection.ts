import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { createSendCommand, type SendCommand, type Upstream } from '../../mwaa/cli/send-command.ts';
import { createPost } from '../../mwaa/connection/create-post.ts';
import { createCliTokenSource } from '../../mwaa/token/create-cli-token-source.ts';
import { createTokenCache } from '../../mwaa/token/create-token-cache.ts';
import { deriveTokenTimeouts } from '../../mwaa/token/derive-token-timeouts.ts';
import { requireTrustedHost } from '../../mwaa/token/require-trusted-host.ts';
import type { MwaaAddress } from '../settings.ts';
import type { AwsAccess } from './aws-access.ts';
import { DIRECT_REMEDIES } from './direct-remedies.ts';

/** In milliseconds. The defaults of the relay. */
export const TIMEOUTS_MS = {
  connect: DEFAULT_TIMEOUTS.connectSeconds * 1000,
  token: DEFAULT_TIMEOUTS.tokenSeconds * 1000,
  post: DEFAULT_TIMEOUTS.postSeconds * 1000,
  busy: DEFAULT_TIMEOUTS.busySeconds * 1000,
  total: DEFAULT_TIMEOUTS.abortSeconds * 1000,
};

/** Sends commands to one environment with resolved region and credentials. */
export interface MwaaConnection {
  readonly aws: AwsAccess;
  readonly upstream: Upstream;
  readonly send: SendCommand;
}

/** The endpoint of Airflow 2 is used if the release is unknown, because Airflow 3 redirects it to its own. */
const DEFAULT_RELEASE = '2.0.2';

/** @param environment its name in MWAA */
export function createMwaaConnection(address: MwaaAddress, environment: string, aws: AwsAccess): MwaaConnection {
  const { webServerHostname, airflowVersion = DEFAULT_RELEASE } = address;
  const tokenSource = createCliTokenSource(
    environment,
    deriveTokenTimeouts(TIMEOUTS_MS.connect, TIMEOUTS_MS.token),
    aws,
    DIRECT_REMEDIES,
  );
  const trustedTokenSource =
    webServerHostname === undefined ? requireTrustedHost(tokenSource, [], DIRECT_REMEDIES) : tokenSource;
  const upstream: Upstream = {
    tokens: createTokenCache(trustedTokenSource, Date.now, TIMEOUTS_MS.token, DIRECT_REMEDIES),
    post: createPost(
      airflowVersion,
      {
        connectTimeoutMs: TIMEOUTS_MS.connect,
        postTimeoutMs: TIMEOUTS_MS.post,
        maxResponseBytes: 4 * DEFAULT_LIMITS.answerBytes,
      },
      Date.now,
    ),
    remedies: DIRECT_REMEDIES,
    webServerHostname,
    busyRetryMs: TIMEOUTS_MS.busy,
    requestTimeoutMs: TIMEOUTS_MS.total,
  };
  return { aws, upstream, send: createSendCommand(upstream) };
}
