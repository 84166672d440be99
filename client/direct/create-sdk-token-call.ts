import { CreateCliTokenCommand, MWAAClient, type MWAAClientConfig } from '@aws-sdk/client-mwaa';
import type { CreateCliToken } from '../../mwaa/token/create-cli-token-source.ts';
import { MAX_TOKEN_ATTEMPTS } from '../../mwaa/token/create-token-source.ts';
import type { TokenTimeouts } from '../../mwaa/token/derive-token-timeouts.ts';

/** Calls `CreateCliToken` through the AWS SDK, which reads endpoints and other settings from the AWS configuration files. */
export function createSdkTokenCall(
  mwaaName: string,
  { connectTimeoutMs, responseTimeoutMs }: TokenTimeouts,
  config: MWAAClientConfig,
): CreateCliToken {
  const client = new MWAAClient({
    maxAttempts: MAX_TOKEN_ATTEMPTS,
    requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout: responseTimeoutMs },
    ...config,
  });
  return (signal) => client.send(new CreateCliTokenCommand({ Name: mwaaName }), { abortSignal: signal });
}
