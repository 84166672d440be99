import { raceAbort, withTimeout } from '../../mwaa/connection/with-timeout.ts';
import type { CredentialSource, Credentials } from '../library/credentials.ts';

/** Limits the provider chain of the AWS SDK, which tries services that may not exist here. */
const PROVIDER_CHAIN_TIMEOUT_MS = 20_000;

/** Credentials of the AWS SDK, which have an expiration time if it is known. */
type ExpiringCredentials = Credentials & { readonly expiration?: Date };

interface CredentialCheck {
  fails(credentials: ExpiringCredentials, now: number): boolean;
  /** Completes "The AWS credentials …". */
  remedy(credentials: ExpiringCredentials, now: number): string;
}

const CREDENTIAL_CHECKS: readonly CredentialCheck[] = [
  {
    fails: ({ accessKeyId, secretAccessKey, sessionToken = '' }) =>
      [accessKeyId, secretAccessKey, sessionToken].some((text) => /[\s"']/.test(text)),
    remedy: () => 'contain quotes or spaces: copy them again without those',
  },
  {
    fails: ({ accessKeyId, sessionToken }) => accessKeyId.startsWith('ASIA') && !sessionToken,
    remedy: () => 'are temporary (ASIA…) but have no session token: set AWS_SESSION_TOKEN as well',
  },
  {
    fails: ({ accessKeyId, sessionToken }) => accessKeyId.startsWith('AKIA') && Boolean(sessionToken),
    remedy: () => 'are long-term (AKIA…), but the session token is from other credentials: unset AWS_SESSION_TOKEN',
  },
  {
    fails: ({ expiration }, now) => expiration !== undefined && expiration.getTime() <= now,
    remedy: ({ expiration }) => `expired at ${expiration?.toISOString()}: ${RENEW_CREDENTIALS_REMEDY}`,
  },
];

export const RENEW_CREDENTIALS_REMEDY = 'get new ones, for example with aws sso login';

/**
 * Gets the credentials and checks them as far as possible without a request.
 *
 * @param now milliseconds since the epoch, by the clock of the service that will check them
 * @throws Error with a remedy
 */
export async function checkCredentials(
  source: CredentialSource,
  environment: NodeJS.ProcessEnv,
  now: () => number,
  signal: AbortSignal,
): Promise<ExpiringCredentials> {
  const credentials: ExpiringCredentials =
    typeof source !== 'function'
      ? source
      : await withTimeout(PROVIDER_CHAIN_TIMEOUT_MS, signal, (limit) => raceAbort(source(), limit)).catch(
          (cause: Error) => {
            throw new Error(`${describeMissingCredentials(environment)} The AWS SDK reports: ${cause.message}`, {
              cause,
            });
          },
        );
  const failed = CREDENTIAL_CHECKS.find(({ fails }) => fails(credentials, now()));
  if (failed === undefined) return credentials;
  const description = describeCredentials(source, credentials);
  throw new Error(`The AWS credentials (${description}) ${failed.remedy(credentials, now())}.`);
}

/** Names the credentials by the end of their access key id, which AWS's own tools show too. */
export const describeCredentials = (source: CredentialSource, { accessKeyId }: Credentials): string => {
  const origin = typeof source === 'function' ? 'found by the AWS SDK' : 'from AWS_ACCESS_KEY_ID';
  return `access key …${accessKeyId.slice(-4)}, ${origin}`;
};

function describeMissingCredentials({
  AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY,
  AWS_PROFILE,
}: NodeJS.ProcessEnv): string {
  if (AWS_PROFILE)
    return `The profile ${AWS_PROFILE} (AWS_PROFILE) provides no AWS credentials: log in (aws sso login), or fix the profile.`;
  const missing = [
    ['AWS_ACCESS_KEY_ID', AWS_ACCESS_KEY_ID],
    ['AWS_SECRET_ACCESS_KEY', AWS_SECRET_ACCESS_KEY],
  ].filter(([, value]) => !value);
  if (missing.length === 1) return `${missing[0]?.[0]} is not set, but the other key is: set both.`;
  return 'No AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (aws sso login).';
}
