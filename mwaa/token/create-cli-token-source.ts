import type { CliTokenSource } from '../cli-token.ts';
import type { Remedies } from '../remedies.ts';
import { createTokenSource } from './create-token-source.ts';

/** Calls MWAA's `CreateCliToken`, with retries: see `createTokenSource`. */
export type CreateCliToken = (signal: AbortSignal) => Promise<{
  readonly CliToken?: string | undefined;
  readonly WebServerHostname?: string | undefined;
}>;

/**
 * Requests CLI tokens.
 *
 * @throws Problem
 */
export const createCliTokenSource = (createCliToken: CreateCliToken, remedies: Remedies): CliTokenSource =>
  createTokenSource(
    async (signal) => {
      const { CliToken: token, WebServerHostname: hostname } = await createCliToken(signal);
      return { token, hostname };
    },
    'CLI token',
    remedies,
  );
