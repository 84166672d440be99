import { GetEnvironmentCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import type { AwsAccess } from './aws-access.ts';

/** Short, because the client can ask Airflow itself if this API cannot be reached from the VPC. */
const RELEASE_TIMEOUT_MS = 2_000;

/**
 * Fetches the Airflow release of an environment from MWAA. Returns undefined after any error: the call needs another permission than
 * tokens do (`airflow:GetEnvironment`) and another endpoint (`airflow.api`).
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
