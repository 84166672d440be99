import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { deriveTokenTimeouts } from '../../lambda/relay/create-upstream.ts';
import { createSendCommand, type SendCommand, type Upstream } from '../../mwaa/cli/send-command.ts';
import { createPost } from '../../mwaa/connection/create-post.ts';
import { createCliTokenSource } from '../../mwaa/token/create-cli-token-source.ts';
import { createTokenCache } from '../../mwaa/token/create-token-cache.ts';
import { requireTrustedHost } from '../../mwaa/token/require-trusted-host.ts';
import type { MwaaAddress } from '../settings.ts';
import type { AwsAccess } from './aws-access.ts';
import { DIRECT_REMEDIES } from './direct-remedies.ts';

/** In milliseconds: where each step of the relay's ladder ends. */
export const TIMEOUTS_MS = {
  connect: DEFAULT_TIMEOUTS.connectSeconds * 1000,
  token: DEFAULT_TIMEOUTS.tokenSeconds * 1000,
  post: DEFAULT_TIMEOUTS.postSeconds * 1000,
  busy: DEFAULT_TIMEOUTS.busySeconds * 1000,
  whole: DEFAULT_TIMEOUTS.abortSeconds * 1000,
};

/** The way to one environment, once credentials and region are known. */
export interface MwaaConnection {
  readonly aws: AwsAccess;
  readonly upstream: Upstream;
  readonly send: SendCommand;
}

/** @param environment as MWAA calls it */
export function createMwaaConnection(address: MwaaAddress, environment: string, aws: AwsAccess): MwaaConnection {
  const { webServerHostname, airflowVersion = '2.0.2' } = address;
  const create = createCliTokenSource(
    environment,
    deriveTokenTimeouts(TIMEOUTS_MS.connect, TIMEOUTS_MS.token),
    aws,
    DIRECT_REMEDIES,
  );
  const trusted = webServerHostname === undefined ? requireTrustedHost(create, [], DIRECT_REMEDIES) : create;
  const upstream: Upstream = {
    tokens: createTokenCache(trusted, Date.now, TIMEOUTS_MS.token, DIRECT_REMEDIES),
    // A release that is not known yet is asked as an older one: a newer one redirects.
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
    webServerHostname: webServerHostname,
    busyRetryMs: TIMEOUTS_MS.busy,
    requestTimeoutMs: TIMEOUTS_MS.whole,
  };
  return { aws, upstream, send: createSendCommand(upstream) };
}
