/** Responses of MWAA's CLI endpoint, and a token cache that always returns the same token. */
import type { CliToken } from '../../../mwaa/cli-token.ts';
import type { CredentialCache } from '../../../mwaa/credential-cache.ts';

const encodeBase64 = (text: string): string => Buffer.from(text).toString('base64');

/** The body of a response with streams. */
export const encodeStreams = (stdout: string, stderr = ''): string =>
  JSON.stringify({ stdout: encodeBase64(stdout), stderr: encodeBase64(stderr) });

export const HTML_BODY = '<html>';

export const createTokens = (token = 't', hostname = 'web.example'): CredentialCache<CliToken> => ({
  get: async () => ({ token, hostname }),
  invalidate: () => {},
});

/** A signal that never aborts. */
export const neverAborted = new AbortController().signal;
