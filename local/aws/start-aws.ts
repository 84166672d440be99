import { createMotoClient, type MotoClient } from './moto-client.ts';
import { type ServeAwsOptions, type ServedAws, serveAws } from './serve-aws.ts';
import { startMoto } from './start-moto.ts';

/** AWS services on this machine, with moto behind them. */
export interface LocalAws extends ServedAws {
  /** Calls the services without signatures and policies, to create what a test needs, and to look at the result. */
  readonly client: MotoClient;
}

/**
 * Starts SQS, EventBridge, Secrets Manager, SSM or S3 under their own host names. Add `network` to the functions' network. Clients need
 * credentials of `principals`, with policies that allow what they do.
 *
 * @returns the reason if Python or moto is not available
 */
export async function startAws(
  options: Omit<ServeAwsOptions, 'client'>,
): Promise<LocalAws | { readonly unavailable: string }> {
  const moto = await startMoto(options.account);
  if ('unavailable' in moto) return moto;
  const client = createMotoClient(moto, options.region);
  const served = await serveAws({ ...options, client }).catch(async (error: unknown) => {
    await moto.close();
    throw error;
  });
  return {
    client,
    network: served.network,
    close: async () => void (await Promise.all([served.close(), moto.close()])),
  };
}
