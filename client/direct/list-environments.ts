import { ListEnvironmentsCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import type { AwsAccess } from './aws-access.ts';

/** Short, because the names only complete a message. */
const LIST_TIMEOUT_MS = 2_000;

/**
 * Lists the environments of the account and region, at most 25. Returns undefined after any error: the call needs another permission than
 * tokens do (`airflow:ListEnvironments`) and another endpoint (`airflow.api`).
 */
export async function listEnvironments(aws: AwsAccess, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const client = new MWAAClient({ ...aws, maxAttempts: 1 });
  try {
    const { Environments } = await client.send(new ListEnvironmentsCommand({ MaxResults: 25 }), {
      abortSignal: AbortSignal.any([signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]),
    });
    return Environments;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    client.destroy();
  }
}
