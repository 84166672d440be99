import { GetEnvironmentCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import type { AwsAccess } from './aws-access.ts';

/** Longer than that nobody waits: where this API has no way out of the VPC, Airflow itself is asked. */
const RELEASE_TIMEOUT_MS = 2_000;

/**
 * The release that MWAA has on record for an environment, or undefined where it does not tell: `airflow:GetEnvironment` is another
 * permission than that for tokens, and another endpoint (`airflow.api`).
 */
export async function fetchRelease(aws: AwsAccess, name: string, signal: AbortSignal): Promise<string | undefined> {
  const client = new MWAAClient({ ...aws, maxAttempts: 1 });
  try {
    const { Environment } = await client.send(new GetEnvironmentCommand({ Name: name }), {
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(RELEASE_TIMEOUT_MS)]),
    });
    return Environment?.AirflowVersion;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    client.destroy();
  }
}
